"""The kinds of error: who raises them, who catches them, and what the user sees.

    Exception
    ├── Problem      what a user can put right, in one sentence: what, where, what to do.
    │   │            Raised anywhere in the library. A program writes the sentence to its log and
    │   │            exits with 1; the workflow, while it is read, prints it and stops.
    │   ├── DiskFull a file cannot be written because its disk is full. A program exits with 4,
    │   │            because on a full disk there is often no room for the sentence either.
    │   ├── DamagedReply (store.replies) a stored reply that cannot be read: its episode fails.
    │   ├── Unavailable (api.errors) the API gave no answer to a question, after all retries. It
    │   │            fails its episode, or ends the job if no other question is answered either.
    │   └── Fatal    a problem every other job of the run would meet as well: no key, no credit.
    │       │        Raised by `api` and `cost`. A program exits with 3, and the run starts no
    │       │        further job.
    │       ├── NotTheApi (api.errors) whatever answers is not the Claude API.
    │       └── Unseen (api.batch_origins) a batch that must still exist cannot be seen from here.
    ├── Unusable     (segments.segment) an answer that gives no subtasks. Raised while an answer is
    │                checked; `questions` asks once more and quotes the reason to the model.
    ├── NoAnswer     (questions.asking) an episode without a usable answer. Caught by
    │                `api.talk`, which notes it as the episode's outcome; the others go on.
    ├── Refused      (api.errors) the API refuses one question. Its episode gets no answer.
    ├── BrokenOff    (api.batch_results) the results of a batch end too early; they are read again.
    ├── NotShown     (frames.moments) a camera whose frames cannot be shown. Caught by
    │                `frames.sampler`, which writes an archive without images that says why.
    ├── Unreadable   (frames.video) a video that cannot be decoded. Caught by `frames.moments`,
    │   │            which names the camera.
    │   └── LostFrame (frames.video) one frame that cannot be decoded; the next ones may do.
    ├── NoImage      (frames.images) why one stored image cannot be used, as a clause.
    ├── DepthMap     (frames.images) stored images are depth maps, which are not shown.
    ├── NotWhole     (parquet.whole_numbers) which value of a column is no whole number. Whoever
    │                reads the column says where.
    ├── Refusal      (review.refusals) the review page asks for what cannot be answered. Caught by
    │                `review.app`, which sends the sentence to the page.
    ├── RangeError   (sources.range_reader) a part of a remote file that cannot be read.
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
