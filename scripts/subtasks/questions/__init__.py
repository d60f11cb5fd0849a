"""What is asked about an episode and what its answers mean.

Pure: nothing here touches the network, the reply store or files.
"""
