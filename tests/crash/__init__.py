"""Power cuts, as a disk sees them: record what the real store writes, replay what a cut may leave of it.

scenarios  what the store is driven through        shim.c    writes down every call that changes a file
driver     the process it runs in                  tape      these records as operations on files and folders
recorder   runs it, holds the tape to the folder   disk      what a disk may hold after a cut
campaign   many cuts, two processes, a tally       judge     what the real code makes of one such disk
"""
