/* A disk that takes one megabyte a second: every write to a regular file sleeps so long. For the memory benchmark.
 *   cc -O2 -shared -fPIC -o slow-write.so slow-write.c -ldl && LD_PRELOAD=./slow-write.so PROGRAM */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void sleep_for(int fd, ssize_t written) {
  struct stat info;
  if (written <= 0 || fstat(fd, &info) || !S_ISREG(info.st_mode)) return;
  struct timespec pause = {written / 1000000, written % 1000000 * 1000};
  nanosleep(&pause, NULL);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  static ssize_t (*real_write)(int, const void *, size_t);
  if (!real_write) real_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  ssize_t written = real_write(fd, bytes, length);
  sleep_for(fd, written);
  return written;
}
