/* The wall clock of one process, ahead of the true one by the seconds that stand as a 64-bit number in the file
 * that CLOCK_OFFSET_FILE names. Monotonic time stays true, as when a machine's clock is set.
 *
 *   cc -shared -fPIC -O2 -o clock.so clock.c -ldl      LD_PRELOAD=…/clock.so CLOCK_OFFSET_FILE=… java …
 *
 * The file is mapped, so that a jump is seen at once, and reading the clock costs no system call: libfaketime, which
 * does much more, makes every reading a hundred times slower, and a JVM does little else. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* A condition's deadline on the monotonic clock counts from the machine's start: this tells the two apart. */
#define FIRST_WALL_SECOND 1000000000L

typedef int (*clock_gettime_type)(clockid_t, struct timespec *);
typedef int (*gettimeofday_type)(struct timeval *, void *);
typedef int (*timedwait_type)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

static const volatile int64_t *offset_seconds;

__attribute__((constructor)) static void map_offset(void) {
  const char *name = getenv("CLOCK_OFFSET_FILE");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) {
    return;
  }
  void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) {
    offset_seconds = mapped;
  }
}

static int64_t offset(void) { return offset_seconds ? *offset_seconds : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
  static clock_gettime_type real;
  if (!real) {
    real = (clock_gettime_type)dlsym(RTLD_NEXT, "clock_gettime");
  }
  int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    now->tv_sec += offset();
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  static gettimeofday_type real;
  if (!real) {
    real = (gettimeofday_type)dlsym(RTLD_NEXT, "gettimeofday");
  }
  int result = real(now, zone);
  if (result == 0) {
    now->tv_sec += offset();
  }
  return result;
}

time_t time(time_t *now) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (now) {
    *now = precise.tv_sec;
  }
  return precise.tv_sec;
}

/* The kernel waits by the true clock: a deadline on the wall clock is turned back into it. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict deadline) {
  static timedwait_type real;
  if (!real) {
    /* The unversioned name finds an older function with another layout on x86-64. */
    void *found = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    real = (timedwait_type)(found ? found : dlsym(RTLD_NEXT, "pthread_cond_timedwait"));
  }
  struct timespec by_true_clock = *deadline;
  if (deadline->tv_sec > FIRST_WALL_SECOND) {
    by_true_clock.tv_sec -= offset();
  }
  return real(condition, mutex, &by_true_clock);
}
