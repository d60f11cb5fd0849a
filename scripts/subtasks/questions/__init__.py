"""Questions about an episode, and what their answers mean.

Pure: nothing here touches the network, the reply store or files.
"""
