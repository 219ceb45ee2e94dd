total 4
-rw-r--r-- 1 root root 291 Dec  4 11:20 05-cilium.conflist
