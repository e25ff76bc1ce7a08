/* x86-64 system calls of Linux 6.18, <asm/unistd_64.h>. Without sync(2), which takes no argument to make it harmless. */
#define ALL_SYSCALLS(S) \
  S(0, read) S(1, write) S(2, open) S(3, close) S(4, stat) S(5, fstat) S(6, lstat) S(7, poll) S(8, lseek) \
  S(9, mmap) S(10, mprotect) S(11, munmap) S(12, brk) S(13, rt_sigaction) S(14, rt_sigprocmask) \
  S(15, rt_sigreturn) S(16, ioctl) S(17, pread64) S(18, pwrite64) S(19, readv) S(20, writev) S(21, access) \
  S(22, pipe) S(23, select) S(24, sched_yield) S(25, mremap) S(26, msync) S(27, mincore) S(28, madvise) \
  S(29, shmget) S(30, shmat) S(31, shmctl) S(32, dup) S(33, dup2) S(34, pause) S(35, nanosleep) S(36, getitimer) \
  S(37, alarm) S(38, setitimer) S(39, getpid) S(40, sendfile) S(41, socket) S(42, connect) S(43, accept) \
  S(44, sendto) S(45, recvfrom) S(46, sendmsg) S(47, recvmsg) S(48, shutdown) S(49, bind) S(50, listen) \
  S(51, getsockname) S(52, getpeername) S(53, socketpair) S(54, setsockopt) S(55, getsockopt) S(56, clone) \
  S(57, fork) S(58, vfork) S(59, execve) S(60, exit) S(61, wait4) S(62, kill) S(63, uname) S(64, semget) \
  S(65, semop) S(66, semctl) S(67, shmdt) S(68, msgget) S(69, msgsnd) S(70, msgrcv) S(71, msgctl) S(72, fcntl) \
  S(73, flock) S(74, fsync) S(75, fdatasync) S(76, truncate) S(77, ftruncate) S(78, getdents) S(79, getcwd) \
  S(80, chdir) S(81, fchdir) S(82, rename) S(83, mkdir) S(84, rmdir) S(85, creat) S(86, link) S(87, unlink) \
  S(88, symlink) S(89, readlink) S(90, chmod) S(91, fchmod) S(92, chown) S(93, fchown) S(94, lchown) \
  S(95, umask) S(96, gettimeofday) S(97, getrlimit) S(98, getrusage) S(99, sysinfo) S(100, times) S(101, ptrace) \
  S(102, getuid) S(103, syslog) S(104, getgid) S(105, setuid) S(106, setgid) S(107, geteuid) S(108, getegid) \
  S(109, setpgid) S(110, getppid) S(111, getpgrp) S(112, setsid) S(113, setreuid) S(114, setregid) \
  S(115, getgroups) S(116, setgroups) S(117, setresuid) S(118, getresuid) S(119, setresgid) S(120, getresgid) \
  S(121, getpgid) S(122, setfsuid) S(123, setfsgid) S(124, getsid) S(125, capget) S(126, capset) \
  S(127, rt_sigpending) S(128, rt_sigtimedwait) S(129, rt_sigqueueinfo) S(130, rt_sigsuspend) \
  S(131, sigaltstack) S(132, utime) S(133, mknod) S(134, uselib) S(135, personality) S(136, ustat) \
  S(137, statfs) S(138, fstatfs) S(139, sysfs) S(140, getpriority) S(141, setpriority) S(142, sched_setparam) \
  S(143, sched_getparam) S(144, sched_setscheduler) S(145, sched_getscheduler) S(146, sched_get_priority_max) \
  S(147, sched_get_priority_min) S(148, sched_rr_get_interval) S(149, mlock) S(150, munlock) S(151, mlockall) \
  S(152, munlockall) S(153, vhangup) S(154, modify_ldt) S(155, pivot_root) S(156, _sysctl) S(157, prctl) \
  S(158, arch_prctl) S(159, adjtimex) S(160, setrlimit) S(161, chroot) S(163, acct) S(164, settimeofday) \
  S(165, mount) S(166, umount2) S(167, swapon) S(168, swapoff) S(169, reboot) S(170, sethostname) \
  S(171, setdomainname) S(172, iopl) S(173, ioperm) S(174, create_module) S(175, init_module) \
  S(176, delete_module) S(177, get_kernel_syms) S(178, query_module) S(179, quotactl) S(180, nfsservctl) \
  S(181, getpmsg) S(182, putpmsg) S(183, afs_syscall) S(184, tuxcall) S(185, security) S(186, gettid) \
  S(187, readahead) S(188, setxattr) S(189, lsetxattr) S(190, fsetxattr) S(191, getxattr) S(192, lgetxattr) \
  S(193, fgetxattr) S(194, listxattr) S(195, llistxattr) S(196, flistxattr) S(197, removexattr) \
  S(198, lremovexattr) S(199, fremovexattr) S(200, tkill) S(201, time) S(202, futex) S(203, sched_setaffinity) \
  S(204, sched_getaffinity) S(205, set_thread_area) S(206, io_setup) S(207, io_destroy) S(208, io_getevents) \
  S(209, io_submit) S(210, io_cancel) S(211, get_thread_area) S(212, lookup_dcookie) S(213, epoll_create) \
  S(214, epoll_ctl_old) S(215, epoll_wait_old) S(216, remap_file_pages) S(217, getdents64) \
  S(218, set_tid_address) S(219, restart_syscall) S(220, semtimedop) S(221, fadvise64) S(222, timer_create) \
  S(223, timer_settime) S(224, timer_gettime) S(225, timer_getoverrun) S(226, timer_delete) \
  S(227, clock_settime) S(228, clock_gettime) S(229, clock_getres) S(230, clock_nanosleep) S(231, exit_group) \
  S(232, epoll_wait) S(233, epoll_ctl) S(234, tgkill) S(235, utimes) S(236, vserver) S(237, mbind) \
  S(238, set_mempolicy) S(239, get_mempolicy) S(240, mq_open) S(241, mq_unlink) S(242, mq_timedsend) \
  S(243, mq_timedreceive) S(244, mq_notify) S(245, mq_getsetattr) S(246, kexec_load) S(247, waitid) \
  S(248, add_key) S(249, request_key) S(250, keyctl) S(251, ioprio_set) S(252, ioprio_get) S(253, inotify_init) \
  S(254, inotify_add_watch) S(255, inotify_rm_watch) S(256, migrate_pages) S(257, openat) S(258, mkdirat) \
  S(259, mknodat) S(260, fchownat) S(261, futimesat) S(262, newfstatat) S(263, unlinkat) S(264, renameat) \
  S(265, linkat) S(266, symlinkat) S(267, readlinkat) S(268, fchmodat) S(269, faccessat) S(270, pselect6) \
  S(271, ppoll) S(272, unshare) S(273, set_robust_list) S(274, get_robust_list) S(275, splice) S(276, tee) \
  S(277, sync_file_range) S(278, vmsplice) S(279, move_pages) S(280, utimensat) S(281, epoll_pwait) \
  S(282, signalfd) S(283, timerfd_create) S(284, eventfd) S(285, fallocate) S(286, timerfd_settime) \
  S(287, timerfd_gettime) S(288, accept4) S(289, signalfd4) S(290, eventfd2) S(291, epoll_create1) S(292, dup3) \
  S(293, pipe2) S(294, inotify_init1) S(295, preadv) S(296, pwritev) S(297, rt_tgsigqueueinfo) \
  S(298, perf_event_open) S(299, recvmmsg) S(300, fanotify_init) S(301, fanotify_mark) S(302, prlimit64) \
  S(303, name_to_handle_at) S(304, open_by_handle_at) S(305, clock_adjtime) S(306, syncfs) S(307, sendmmsg) \
  S(308, setns) S(309, getcpu) S(310, process_vm_readv) S(311, process_vm_writev) S(312, kcmp) \
  S(313, finit_module) S(314, sched_setattr) S(315, sched_getattr) S(316, renameat2) S(317, seccomp) \
  S(318, getrandom) S(319, memfd_create) S(320, kexec_file_load) S(321, bpf) S(322, execveat) \
  S(323, userfaultfd) S(324, membarrier) S(325, mlock2) S(326, copy_file_range) S(327, preadv2) S(328, pwritev2) \
  S(329, pkey_mprotect) S(330, pkey_alloc) S(331, pkey_free) S(332, statx) S(333, io_pgetevents) S(334, rseq) \
  S(335, uretprobe) S(336, uprobe) S(424, pidfd_send_signal) S(425, io_uring_setup) S(426, io_uring_enter) \
  S(427, io_uring_register) S(428, open_tree) S(429, move_mount) S(430, fsopen) S(431, fsconfig) S(432, fsmount) \
  S(433, fspick) S(434, pidfd_open) S(435, clone3) S(436, close_range) S(437, openat2) S(438, pidfd_getfd) \
  S(439, faccessat2) S(440, process_madvise) S(441, epoll_pwait2) S(442, mount_setattr) S(443, quotactl_fd) \
  S(444, landlock_create_ruleset) S(445, landlock_add_rule) S(446, landlock_restrict_self) S(447, memfd_secret) \
  S(448, process_mrelease) S(449, futex_waitv) S(450, set_mempolicy_home_node) S(451, cachestat) \
  S(452, fchmodat2) S(453, map_shadow_stack) S(454, futex_wake) S(455, futex_wait) S(456, futex_requeue) \
  S(457, statmount) S(458, listmount) S(459, lsm_get_self_attr) S(460, lsm_set_self_attr) \
  S(461, lsm_list_modules) S(462, mseal) S(463, setxattrat) S(464, getxattrat) S(465, listxattrat) \
  S(466, removexattrat) S(467, open_tree_attr) S(468, file_getattr) S(469, file_setattr)
