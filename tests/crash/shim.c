/* Writes down what a process does to the files below one folder, in order and with the data. Changes nothing but,
 * when asked, lets one sync fail. Loaded with LD_PRELOAD; knows no SQLite and no store.
 *
 * CRASH_ROOT is the folder (no symbolic links in it), CRASH_LOG where the records go. A record is a struct record,
 * then the first path, the second path and the data. `crash_mark` lets the process say something in between,
 * `crash_fail_sync(k, folder)` makes the k-th sync of a file, or of a folder, fail with EIO, undone.
 * A call that is not caught here is found later: what the records say and what stands in the folder then differ.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 65536
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

struct record { char kind[4]; int32_t fd; int64_t number; int64_t more; uint32_t path, other; uint64_t data; };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int log_fd = -1, fail_in, fail_folder;
static enum { NOT, FILE_, FOLDER } watched[FILES];

static void stop(const char *why)
{
    dprintf(2, "crash recorder: %s\n", why);
    _exit(99);
}

static void note(const char *kind, int fd, int64_t number, int64_t more, const char *path, const char *other,
                 const void *data, size_t size)
{
    int before = errno;
    struct record head = {.fd = fd, .number = number, .more = more, .path = strlen(path), .other = strlen(other),
                          .data = size};
    memcpy(head.kind, kind, 4);
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)other, head.other},
                            {(void *)data, size}};
    size_t all = sizeof head + head.path + head.other + size;
    if (syscall(SYS_writev, log_fd, parts, 4) != (ssize_t)all) stop("the log can't be written");
    errno = before;
}

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("CRASH_ROOT"), *path = getenv("CRASH_LOG");
    if (!folder || !path) stop("CRASH_ROOT and CRASH_LOG are needed");
    root_length = strlen(folder);
    memcpy(root, folder, root_length + 1);
    log_fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) stop("the log can't be opened");
    note("STRT", -1, getpid(), 0, "", "", "", 0);
}

static int shared_memory(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && !strcmp(path + length - 4, "-shm"); /* mapped, and made anew after every cut */
}

/* The path below the root, "" for the root itself; NULL where it lies elsewhere. `path` is absolute and canonical. */
static const char *below(const char *path)
{
    if (log_fd < 0) return NULL; /* another library's constructor came first */
    if (strncmp(path, root, root_length) || (path[root_length] && path[root_length] != '/')) return NULL;
    return shared_memory(path) ? NULL : path + root_length + (path[root_length] == '/');
}

static const char *of_fd(int fd, char *room)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, room, PATH_MAX - 1);
    if (length < 0) return NULL;
    room[length] = 0;
    return below(room);
}

/* The same for a name that need not exist: its folder made canonical, the last part as it is. */
static const char *of_name(int at, const char *name, char *room)
{
    char whole[2 * PATH_MAX], folder[PATH_MAX];
    if (name[0] == '/') snprintf(whole, sizeof whole, "%s", name);
    else {
        if (at == AT_FDCWD) { if (!getcwd(folder, sizeof folder)) return NULL; }
        else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
            ssize_t length = readlink(link, folder, sizeof folder - 1);
            if (length < 0) return NULL;
            folder[length] = 0;
        }
        snprintf(whole, sizeof whole, "%s/%s", folder, name);
    }
    char *last = strrchr(whole, '/');
    *last = 0;
    if (!realpath(last == whole ? "/" : whole, folder)) return NULL;
    if (strlen(folder) + strlen(last + 1) + 2 > PATH_MAX) return NULL;
    strcpy(room, folder);
    strcat(strcat(room, "/"), last + 1);
    return below(room);
}

static int is_watched(int fd) { return fd >= 0 && fd < FILES ? (int)watched[fd] : NOT; }

static int opened(int fd, int flags)
{
    char room[PATH_MAX];
    int before = errno;
    const char *path = fd >= 0 ? of_fd(fd, room) : NULL;
    if (path) {
        struct stat is;
        if (fd >= FILES) stop("too many files are open");
        if ((flags & O_TMPFILE) == O_TMPFILE) stop("O_TMPFILE is not known here");
        fstat(fd, &is);
        watched[fd] = S_ISDIR(is.st_mode) ? FOLDER : FILE_;
        note("OPEN", fd, flags & O_TRUNC ? 1 : 0, S_ISDIR(is.st_mode), path, "", "", 0);
    }
    errno = before;
    return fd;
}

#define MODE(last) mode_t mode = 0; \
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) \
    { va_list rest; va_start(rest, last); mode = va_arg(rest, mode_t); va_end(rest); }
#define TURN(type, call) pthread_mutex_lock(&turn); type result = (call); pthread_mutex_unlock(&turn); return result

#define OPEN(name) int name(const char *path, int flags, ...) \
    { MODE(flags) TURN(int, opened(syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode), flags)); }
#define OPENAT(name) int name(int at, const char *path, int flags, ...) \
    { MODE(flags) TURN(int, opened(syscall(SYS_openat, at, path, flags | O_LARGEFILE, mode), flags)); }
OPEN(open) OPEN(open64) OPENAT(openat) OPENAT(openat64)
int __open_2(const char *path, int flags) { return open64(path, flags); }
int __open64_2(const char *path, int flags) { return open64(path, flags); }
int __openat_2(int at, const char *path, int flags) { return openat64(at, path, flags); }
int __openat64_2(int at, const char *path, int flags) { return openat64(at, path, flags); }
int creat(const char *path, mode_t mode) { return open64(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return open64(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

int close(int fd)
{
    REAL(close);
    pthread_mutex_lock(&turn);
    if (is_watched(fd)) {
        watched[fd] = NOT;
        note("CLOS", fd, 0, 0, "", "", "", 0);
    }
    int result = real(fd);
    pthread_mutex_unlock(&turn);
    return result;
}

/* A write of `size` bytes, as it was given in parts. The file is not opened anew to look: closing that would take
 * away the locks that SQLite holds on it. */
static void wrote(int fd, off64_t offset, const struct iovec *parts, ssize_t size)
{
    if (size <= 0) return;
    int before = errno;
    char *data = malloc(size);
    if (!data) stop("out of memory");
    for (ssize_t done = 0; done < size; done += (parts++)->iov_len)
        memcpy(data + done, parts->iov_base,
               (ssize_t)parts->iov_len < size - done ? (ssize_t)parts->iov_len : size - done);
    note("WRIT", fd, offset, 0, "", "", data, size);
    free(data);
    errno = before;
}

/* A write whose data the kernel took from another file. */
static void copied(int fd, off64_t offset, int from, off64_t start, ssize_t size)
{
    if (size <= 0) return;
    char *data = malloc(size);
    if (!data || syscall(SYS_pread64, from, data, size, start) != size) stop("what was copied can't be read");
    struct iovec whole = {data, size};
    wrote(fd, offset, &whole, size);
    free(data);
}

/* Where the next read() or write() goes. */
static off64_t position(int fd)
{
    int before = errno;
    off64_t at = lseek64(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    errno = before;
    return at;
}

#define WRITES(fd, offset, call, noting) do { \
    if (!is_watched(fd)) return (call); \
    pthread_mutex_lock(&turn); \
    off64_t at = (offset); \
    ssize_t result = (call); \
    noting; \
    pthread_mutex_unlock(&turn); \
    return result; } while (0)
#define WRITES_PARTS(fd, offset, call) WRITES(fd, offset, call, wrote(fd, at, parts, result))
#define WRITES_DATA(fd, offset, call) \
    struct iovec whole = {(void *)data, size}, *parts = &whole; WRITES_PARTS(fd, offset, call)

ssize_t write(int fd, const void *data, size_t size)
{ WRITES_DATA(fd, position(fd), syscall(SYS_write, fd, data, size)); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{ WRITES_DATA(fd, offset, syscall(SYS_pwrite64, fd, data, size, offset)); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{ WRITES_DATA(fd, offset, syscall(SYS_pwrite64, fd, data, size, offset)); }
ssize_t writev(int fd, const struct iovec *parts, int n)
{ WRITES_PARTS(fd, position(fd), syscall(SYS_writev, fd, parts, n)); }
ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t offset)
{ REAL(pwritev); WRITES_PARTS(fd, offset, real(fd, parts, n, offset)); }
ssize_t pwritev64(int fd, const struct iovec *parts, int n, off64_t offset)
{ REAL(pwritev64); WRITES_PARTS(fd, offset, real(fd, parts, n, offset)); }
ssize_t pwritev2(int fd, const struct iovec *parts, int n, off_t offset, int flags)
{ REAL(pwritev2); WRITES_PARTS(fd, offset < 0 ? position(fd) : offset, real(fd, parts, n, offset, flags)); }
ssize_t pwritev64v2(int fd, const struct iovec *parts, int n, off64_t offset, int flags)
{ REAL(pwritev64v2); WRITES_PARTS(fd, offset < 0 ? position(fd) : offset, real(fd, parts, n, offset, flags)); }

static ssize_t sent(int to, int from, off64_t *offset, size_t size)
{
    off64_t start = offset ? *offset : position(from);
    WRITES(to, position(to), syscall(SYS_sendfile, to, from, offset, size), copied(to, at, from, start, result));
}
ssize_t sendfile(int to, int from, off_t *offset, size_t size) { return sent(to, from, offset, size); }
ssize_t sendfile64(int to, int from, off64_t *offset, size_t size) { return sent(to, from, offset, size); }
ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t size, unsigned flags)
{
    off64_t start = in ? *in : position(from);
    WRITES(to, out ? *out : position(to), syscall(SYS_copy_file_range, from, in, to, out, size, flags),
           copied(to, at, from, start, result));
}

static int truncated(int fd, off64_t size)
{
    pthread_mutex_lock(&turn);
    int result = syscall(SYS_ftruncate, fd, size);
    if (!result && is_watched(fd)) note("SIZE", fd, size, 0, "", "", "", 0);
    pthread_mutex_unlock(&turn);
    return result;
}
int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncated(fd, size); }

static int truncated_by_name(const char *name, off64_t size)
{
    char room[PATH_MAX];
    pthread_mutex_lock(&turn);
    int result = syscall(SYS_truncate, name, size);
    const char *path = result ? NULL : of_name(AT_FDCWD, name, room);
    if (path) note("SIZE", -1, size, 0, path, "", "", 0);
    pthread_mutex_unlock(&turn);
    return result;
}
int truncate(const char *name, off_t size) { return truncated_by_name(name, size); }
int truncate64(const char *name, off64_t size) { return truncated_by_name(name, size); }

static int allocated(int fd, int mode, off64_t offset, off64_t size)
{
    pthread_mutex_lock(&turn);
    struct stat before = {0}, after = {0};
    fstat(fd, &before);
    int result = syscall(SYS_fallocate, fd, mode, offset, size);
    fstat(fd, &after);
    if (!result && is_watched(fd)) {
        if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) stop("fallocate: what mode?");
        if (after.st_size != before.st_size) note("SIZE", fd, after.st_size, 0, "", "", "", 0);
        off64_t end = offset + size < after.st_size ? offset + size : after.st_size;
        if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) && end > offset) {
            struct iovec zeros = {calloc(1, end - offset), end - offset};
            if (!zeros.iov_base) stop("out of memory");
            wrote(fd, offset, &zeros, end - offset);
            free(zeros.iov_base);
        }
    }
    pthread_mutex_unlock(&turn);
    return result;
}
int fallocate(int fd, int mode, off_t offset, off_t size) { return allocated(fd, mode, offset, size); }
int fallocate64(int fd, int mode, off64_t offset, off64_t size) { return allocated(fd, mode, offset, size); }
int posix_fallocate(int fd, off_t offset, off_t size) { return allocated(fd, 0, offset, size) ? errno : 0; }
int posix_fallocate64(int fd, off64_t offset, off64_t size) { return allocated(fd, 0, offset, size) ? errno : 0; }

static int synced(long call, int fd)
{
    pthread_mutex_lock(&turn);
    int watch = is_watched(fd), result = 0;
    if (watch == (fail_folder ? FOLDER : FILE_) && fail_in && !--fail_in) {
        note("FAIL", fd, 0, 0, "", "", "", 0);
        errno = EIO;
        result = -1;
    } else {
        result = syscall(call, fd);
        if (!result && watch) note("SYNC", fd, 0, 0, "", "", "", 0);
    }
    pthread_mutex_unlock(&turn);
    return result;
}
int fsync(int fd) { return synced(SYS_fsync, fd); }
int fdatasync(int fd) { return synced(SYS_fdatasync, fd); }
/* sync_file_range, sync and syncfs are let through and not written down: they count for nothing. */

/* Takes a name away; its file's content goes into the record, so that the records can be held to it. */
static int unlinked(int at, const char *name, int flags)
{
    char room[PATH_MAX];
    pthread_mutex_lock(&turn);
    const char *path = of_name(at, name, room);
    int fd = path && !(flags & AT_REMOVEDIR) ? syscall(SYS_openat, at, name, O_RDONLY | O_CLOEXEC, 0) : -1;
    int result = syscall(SYS_unlinkat, at, name, flags);
    if (!result && path) {
        struct stat is = {0};
        char *data = NULL;
        if (fd >= 0 && !fstat(fd, &is) && (data = malloc(is.st_size + 1)))
            is.st_size = syscall(SYS_pread64, fd, data, is.st_size, 0);
        note(flags & AT_REMOVEDIR ? "RMDR" : "UNLK", -1, 0, 0, path, "", data ? data : "", data ? is.st_size : 0);
        free(data);
    }
    if (fd >= 0) syscall(SYS_close, fd);
    pthread_mutex_unlock(&turn);
    return result;
}
int unlink(const char *name) { return unlinked(AT_FDCWD, name, 0); }
int unlinkat(int at, const char *name, int flags) { return unlinked(at, name, flags); }
int rmdir(const char *name) { return unlinked(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char *name)
{
    int result = unlink(name);
    return result && errno == EISDIR ? rmdir(name) : result;
}

static int named(const char *kind, long call, int at, const char *name, int to, const char *other, unsigned flags)
{
    char room[PATH_MAX], second[PATH_MAX];
    pthread_mutex_lock(&turn);
    const char *path = of_name(at, name, room), *target = of_name(to, other, second);
    int result = syscall(call, at, name, to, other, flags);
    if (!result && (path || target)) {
        if (!path || !target) stop("a file crosses the border of the folder");
        if (call == SYS_renameat2 && flags & ~1u) stop("renameat2: what flags?");
        note(kind, -1, 0, 0, path, target, "", 0);
    }
    pthread_mutex_unlock(&turn);
    return result;
}
int rename(const char *a, const char *b) { return named("MOVE", SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 0); }
int renameat(int at, const char *a, int to, const char *b) { return named("MOVE", SYS_renameat2, at, a, to, b, 0); }
int renameat2(int at, const char *a, int to, const char *b, unsigned flags)
{ return named("MOVE", SYS_renameat2, at, a, to, b, flags); }
int link(const char *a, const char *b) { return named("LINK", SYS_linkat, AT_FDCWD, a, AT_FDCWD, b, 0); }
int linkat(int at, const char *a, int to, const char *b, int flags)
{ return named("LINK", SYS_linkat, at, a, to, b, flags); }

int mkdirat(int at, const char *name, mode_t mode)
{
    char room[PATH_MAX];
    pthread_mutex_lock(&turn);
    int result = syscall(SYS_mkdirat, at, name, mode);
    const char *path = result ? NULL : of_name(at, name, room);
    if (path) note("MKDR", -1, 0, 0, path, "", "", 0);
    pthread_mutex_unlock(&turn);
    return result;
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

void crash_mark(const char *text)
{
    pthread_mutex_lock(&turn);
    note("MARK", -1, 0, 0, "", "", text, strlen(text));
    pthread_mutex_unlock(&turn);
}

void crash_fail_sync(int k, int folder)
{
    pthread_mutex_lock(&turn);
    fail_in = k;
    fail_folder = folder;
    pthread_mutex_unlock(&turn);
}
