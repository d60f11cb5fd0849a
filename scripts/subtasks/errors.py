"""The kinds of error: who raises them, who catches them, and what the user sees.

    Exception
    ├── Problem      what a user can put right, in one sentence: what, where, what to do.
    │   │            Raised anywhere in the library. A program writes the sentence to its log and
    │   │            exits with 1; the workflow, while it is read, prints it and stops.
    │   ├── DiskFull a file cannot be written because its disk is full. A program exits with 4,
    │   │            because on a full disk there is often no room for the sentence either.
    │   └── Fatal    a problem every other job of the run would meet as well: no key, no credit.
    │                Raised by `api`. A program exits with 3, and the run starts no further job.
    ├── Unusable     (segments.segment) an answer that gives no subtasks. Raised while an answer is
    │                checked; `questions` asks once more and quotes the reason to the model.
    ├── NoAnswer     (questions.conversation) an episode without a usable answer. Caught by
    │                `api.talk`, which notes it as the episode's outcome; the others go on.
    ├── Refused      (api.errors) the API refuses one question. Its episode gets no answer.
    ├── Unreadable   (frames.video) a video that cannot be decoded. Caught by `frames.sampler`,
    │                which writes an archive without images that says why.
    └── OSError      a missing permission, a file that is gone: the program logs file and reason,
                     exits with 1.

Anything else is a bug and keeps its traceback.
"""


class Problem(Exception):
    """Something the user can put right, said in one sentence: what, where, what to do."""


class DiskFull(Problem):
    """A file cannot be written because its disk or the user's quota is full."""


class Fatal(Problem):
    """A problem that every other job of the run would meet too: it ends the run."""
