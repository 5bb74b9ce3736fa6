/* A disk that takes two milliseconds longer to be sure: preloaded, so that fsync and fdatasync wait. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_longer(void) {
    struct timespec pause = {0, 2000000};
    nanosleep(&pause, 0);
}

int fsync(int file) {
    wait_longer();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file) {
    wait_longer();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
