/* A wall clock that is set an hour ahead (or back) half a second after the program has started; the monotonic one goes on.
   cc -shared -fPIC -o jump.so jump.c -ldl; LD_PRELOAD=./jump.so JUMP=3600 svodka run */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*real)(clockid_t, struct timespec *);
static struct timespec began;
static long jump;

__attribute__((constructor)) static void start(void) {
    real = dlsym(RTLD_NEXT, "clock_gettime");
    jump = atol(getenv("JUMP") ? getenv("JUMP") : "0");
    real(CLOCK_MONOTONIC, &began);
}

int clock_gettime(clockid_t id, struct timespec *now) {
    if (!real) start();
    int answer = real(id, now);
    if (id == CLOCK_REALTIME) {
        struct timespec passed;
        real(CLOCK_MONOTONIC, &passed);
        double seconds = passed.tv_sec - began.tv_sec + (passed.tv_nsec - began.tv_nsec) / 1e9;
        if (seconds > 0.5) now->tv_sec += jump;
    }
    return answer;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
