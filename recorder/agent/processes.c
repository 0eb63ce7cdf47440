#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct process processes[MAX_PROCESSES];
int process_count = 1; /* the agent */

/** What all processes share: the calls, and the means to wait for one. */
static struct {
  pthread_mutex_t mutex;
  pthread_cond_t done;
  int count;
  struct call calls[MAX_CALLS];
} *shared;

void start_sharing(void) {
  shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t mutex;
  pthread_mutexattr_init(&mutex);
  pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->mutex, &mutex);
  pthread_condattr_t condition;
  pthread_condattr_init(&condition);
  pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
  pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
  pthread_cond_init(&shared->done, &condition);
  processes[0].pid = getpid();
}

struct call *new_call(void) {
  struct call *call = &shared->calls[shared->count < MAX_CALLS - 1 ? shared->count++ : MAX_CALLS - 1];
  memset(call, 0, sizeof *call);
  call->fd = call->other = call->third = call->replaces = call->opened = -1;
  call->object = call->device_object = NO_OBJECT;
  return call;
}

void forget_calls(void) {
  shared->count = 0;
}

void add_process(const char *name, int uid, long long memlock) {
  if (process_count == MAX_PROCESSES) return;
  struct process *process = &processes[process_count++];
  *process = (struct process){.uid = uid, .memlock = memlock};
  snprintf(process->name, sizeof process->name, "%.31s", name);
}

static void *run_call(void *argument) {
  struct call *call = argument;
  make_call(call);
  pthread_mutex_lock(&shared->mutex);
  call->done = 1;
  pthread_cond_broadcast(&shared->done);
  pthread_mutex_unlock(&shared->mutex);
  return 0;
}

/** Every call has a thread of its own: one that blocks holds up nobody else. */
static void start_thread(struct call *call) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 << 10);
  if (pthread_create(&thread, &attributes, run_call, call)) {
    put("X no thread for step %d", call->step);
    send_line();
  }
}

static void serve(const struct process *process, int pipe) {
  if (process->memlock >= 0) {
    struct rlimit limit = {process->memlock, process->memlock};
    setrlimit(RLIMIT_MEMLOCK, &limit);
  }
  if (process->uid) {
    setgroups(0, 0);
    if (setresgid(process->uid, process->uid, process->uid) || setresuid(process->uid, process->uid, process->uid)) _exit(1);
  }
  int index;
  while (read(pipe, &index, sizeof index) == sizeof index) start_thread(&shared->calls[index]);
  _exit(0);
}

static void start_process(struct process *process) {
  int ends[2];
  if (pipe2(ends, 0)) return;
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[1]);
    /* The script's files get the numbers from 3 on, wherever the agent's own are. */
    int pipe = dup2(ends[0], 900);
    for (int fd = 3; fd < 900; fd++) close(fd);
    serve(process, pipe);
  }
  close(ends[0]);
  process->pid = pid;
  process->pipe = ends[1];
}

void start_call(struct call *call) {
  struct process *process = &processes[call->process];
  if (call->process == 0) {
    start_thread(call);
    return;
  }
  if (!process->pid) start_process(process);
  int index = call - shared->calls;
  if (write(process->pipe, &index, sizeof index) != sizeof index) call->error = ESRCH, call->done = 1;
}

/** `exit` is done when the process is gone. */
static void reap(void) {
  pid_t pid;
  while ((pid = waitpid(-1, 0, WNOHANG)) > 0)
    for (int i = 1; i < process_count; i++)
      if (processes[i].pid == pid) {
        processes[i].pid = 0;
        close(processes[i].pipe);
        for (int n = 0; n < shared->count; n++)
          if (shared->calls[n].process == i && !strcmp(shared->calls[n].op, "exit")) shared->calls[n].done = 1;
      }
}

int wait_for(struct call *call, long milliseconds) {
  enum { SLICE = 50 };
  for (long waited = 0; !call->done && waited < milliseconds; waited += SLICE) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += SLICE * 1000000L;
    if (until.tv_nsec >= 1000000000L) until.tv_nsec -= 1000000000L, until.tv_sec++;
    pthread_mutex_lock(&shared->mutex);
    if (!call->done) pthread_cond_timedwait(&shared->done, &shared->mutex, &until);
    pthread_mutex_unlock(&shared->mutex);
    reap();
  }
  return call->done;
}

void end_processes(void) {
  enum { SLICE = 10, LONGEST = 20000 };
  for (int i = 1; i < process_count; i++)
    if (processes[i].pid) kill(processes[i].pid, SIGKILL);
  for (long waited = 0; waited < LONGEST; waited += SLICE) {
    int left = 0;
    reap();
    for (int i = 1; i < process_count; i++) left += processes[i].pid != 0;
    if (!left) return;
    sleep_ms(SLICE);
  }
}
