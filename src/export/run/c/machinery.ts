/** What every exported C program has: processes, one step after the other, the comparison. */

/** Everything that uses one of these needs its header. Those that every program needs stand in `HEAD`. */
export const HEADERS: readonly (readonly [needed: RegExp, header: string])[] = [
  [/\bopendir\(/, 'dirent'],
  [/\bmmap\(/, 'sys/mman'],
]

export const HEAD = `/**
 * Milliseconds until a call counts as one that waits, where it should wait and where it should not (a driver may take its
 * time); after each step; and, while calls wait, for those that a step lets go on.
 */
enum { WAITS_AFTER_MS = 4000, PATIENCE_MS = 30000, SETTLE_MS = 60, RELEASE_MS = 500 };

/** What came of a call: its errno (0: it succeeded) and what it said, such as " viable=1". */
struct answer {
  int step, error;
  char value[160];
};
`

/** Memory to map: the same 8 MiB again and again, so that a large mapping costs no memory. */
export const MEMORY = `/** What all mappings point to: the same eight mebibytes again and again, up to one gibibyte. */
static unsigned char *memory;

static void make_memory(void) {
  enum { PART = 8 << 20, PARTS = 128 };
  int fd = memfd_create("memory", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, PART)) return;
  int reserved = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  unsigned char *span = mmap(NULL, (size_t)PART * PARTS, PROT_NONE, reserved, -1, 0);
  for (int i = 0; i < PARTS; i++)
    mmap(span + (size_t)i * PART, PART, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
  close(fd);
  memory = span;
}
`

/** Reading links of sysfs. */
export const SYSFS = `/** Last part of a link in a function's folder of sysfs; "" if there is none. */
static void link_of(const char *device, const char *link, char *name, size_t size) {
  char path[300], target[600];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/%s", device, link);
  ssize_t count = readlink(path, target, sizeof target - 1);
  target[count < 0 ? 0 : count] = 0;
  const char *slash = strrchr(target, '/');
  snprintf(name, size, "%.*s", (int)size - 1, slash ? slash + 1 : target);
}
`

/** The processes, the steps one after the other, and the comparison. */
export const MACHINERY = String.raw`/* ---- Who makes the calls: a process for each of the run; what is written to sysfs is written by short-lived ones ---- */

/** Does the steps that the parent names, one after the other. */
static void serve(int socket) {
  int step;
  while (read(socket, &step, sizeof step) == sizeof step) {
    struct answer answer = {.step = step};
    STEPS[step].make(&answer);
    if (write(socket, &answer, sizeof answer) != sizeof answer) break;
  }
  _exit(0);
}

static void become(const struct process *process) {
  struct rlimit limit = {process->memlock, process->memlock};
  if (process->memlock != USUAL_LIMIT && setrlimit(RLIMIT_MEMLOCK, &limit)) _exit(2);
  if (!process->user) return;
  if (setgroups(0, NULL) || setresgid(process->user, process->user, process->user)) _exit(2);
  if (setresuid(process->user, process->user, process->user)) _exit(2);
}

/** Starts a process; returns the end of a socket that it listens to, -1 on failure. */
static int start(struct process *process) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) return -1;
  fflush(stdout);
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    close(ends[0]);
    become(process);
    /* After the change of user, which would undo it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent) _exit(2);
    serve(ends[1]);
  }
  close(ends[1]);
  process->pid = pid;
  return ends[0];
}

static void pause_for(long milliseconds) {
  struct timespec time = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
  nanosleep(&time, NULL);
}

/** Waits until a process that has ended is gone with all that it had open. */
static void bury(pid_t pid) {
  for (int waited = 0; waited < PATIENCE_MS && waitpid(pid, NULL, WNOHANG) == 0; waited += 10) pause_for(10);
}

/* ---- The kernel's log ---- */

static int kernel_log = -1;
/** The first line about a BUG; "": there was none. */
static char bug[300];

static void read_kernel_log(void) {
  char record[8192];
  for (ssize_t count; kernel_log >= 0;) {
    count = read(kernel_log, record, sizeof record - 1);
    if (count < 0 && errno == EPIPE) continue; /* records were overwritten: the next read goes on behind them */
    if (count <= 0) return;
    record[count] = 0;
    const char *text = strchr(record, ';');
    if (!text || bug[0]) continue;
    if (strstr(text, "kernel BUG at ") || strstr(text, "BUG: ") || strstr(text, "Oops"))
      snprintf(bug, sizeof bug, "%.*s", (int)strcspn(text + 1, "\n"), text + 1);
  }
}

/* ---- Steps ---- */

/** A call that has not come back. */
struct waiting {
  int step, socket;
  pid_t pid;
};
static struct waiting waiting[STEP_COUNT + 1];
static int waiting_count, judged;
/** Whether an answer to a step was another than expected. */
static char differs[STEP_COUNT + 1];

static const char *name_of(int error) {
  static const struct {
    int error;
    const char *name;
  } NAMES[] = {ERRORS};
  static char other[24];
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (NAMES[i].error == error) return NAMES[i].name;
  snprintf(other, sizeof other, "errno %d", error);
  return other;
}

/** The answer of a call in words, after at most so many milliseconds. */
static void listen_to(const struct waiting *call, int milliseconds, char *got, size_t size) {
  struct pollfd ready = {.fd = call->socket, .events = POLLIN};
  struct answer answer = {0};
  if (poll(&ready, 1, milliseconds) == 0) {
    snprintf(got, size, "waits");
    return;
  }
  ssize_t count = read(call->socket, &answer, sizeof answer);
  if (count == sizeof answer) {
    if (answer.step != call->step) snprintf(got, size, "the answer to step %d", answer.step + 1);
    else if (answer.error) snprintf(got, size, "%s", name_of(answer.error));
    else snprintf(got, size, "ok%s", answer.value);
    return;
  }
  /* The process has ended: as asked, or because the kernel killed it. */
  bury(call->pid);
  read_kernel_log();
  int asked = STEPS[call->step].ends;
  snprintf(got, size, "%s", asked ? "ok" : bug[0] ? "BUG" : "killed");
}

static void compare(const char *label, int step, const char *got, const char *expected) {
  int same = !strcmp(got, expected);
  printf("%s%3d  %-*s  %s", label, step + 1, WIDTH, STEPS[step].text, got);
  if (!same) printf("   <-- expected %s", expected);
  printf("\n");
  if (!same) differs[step] = 1;
}

/** Has a step made: by its process, or by a process of its own where a write to sysfs may wait. */
static struct waiting begin(int step) {
  struct process *process = &PROCESSES[STEPS[step].process];
  int own = process == &PROCESSES[ADMINISTRATOR];
  if (own || !process->pid) process->socket = start(process);
  struct waiting call = {step, process->socket, process->pid};
  if (write(call.socket, &step, sizeof step) != sizeof step) fprintf(stderr, "step %d could not be given to its process\n", step + 1);
  if (STEPS[step].ends) process->pid = 0;
  return call;
}

static const char *expected_now(int at, int step) {
  for (const struct late *late = LATE; late->expected; late++)
    if (late->at == at && late->step == step) return late->expected;
  return NULL;
}

/** Calls of earlier steps that come back in this one. */
static void look_at_waiting(int at) {
  int kept = 0, before = waiting_count;
  if (before) pause_for(RELEASE_MS);
  for (int i = 0; i < before; i++) {
    char got[200];
    struct waiting call = waiting[i];
    const char *expected = expected_now(at, call.step);
    listen_to(&call, expected ? PATIENCE_MS : 0, got, sizeof got);
    int waits = !strcmp(got, "waits");
    if (waits) waiting[kept++] = call;
    if (waits && !expected) continue;
    compare("     came back: ", call.step, got, expected ? expected : "waits");
  }
  waiting_count = kept;
}

/** Does a step and compares; returns whether the kernel still runs. */
static int do_step(int step) {
  char got[200];
  if (!STEPS[step].make) {
    printf("%3d  %-*s  not made: only the hardware can\n", step + 1, WIDTH, STEPS[step].text);
    return 1;
  }
  struct waiting call = begin(step);
  int waits = !strcmp(STEPS[step].expected, "waits");
  listen_to(&call, waits ? WAITS_AFTER_MS : PATIENCE_MS, got, sizeof got);
  if (STEPS[step].process == ADMINISTRATOR && strcmp(got, "waits")) close(call.socket);
  pause_for(SETTLE_MS);
  read_kernel_log();
  compare("", step, got, STEPS[step].expected);
  judged++;
  if (STEPS[step].then && !strncmp(got, "ok", 2)) {
    struct waiting close = begin(STEPS[step].then);
    listen_to(&close, PATIENCE_MS, got, sizeof got);
  }
  look_at_waiting(step);
  if (!strcmp(got, "waits")) waiting[waiting_count++] = call;
  if (bug[0]) printf("     the kernel has stopped: %s\n", bug);
  fflush(stdout);
  return !bug[0];
}

/* ---- Is this the machine? ---- */

/** Whether a function is what the run takes it for; says what is not. */
static int is_expected(const struct function *function) {
  char group[40], driver[100];
  link_of(function->device, "iommu_group", group, sizeof group);
  link_of(function->device, "driver", driver, sizeof driver);
  if (!strcmp(group, function->group) && !strcmp(driver, function->driver)) return 1;
  printf("%s: IOMMU group %s and driver %s, not %s and %s\n", function->device, group[0] ? group : "none", driver[0] ? driver : "none",
         function->group, function->driver[0] ? function->driver : "none");
  return 0;
}

static int is_the_machine(void) {
  int same = 1;
  for (const struct function *function = FUNCTIONS; function->device; function++) same &= is_expected(function);
  if (!same) printf("This is not the machine of the run, or not as it was when it had booted. Nothing was done.\n");
  return same;
}

int main(void) {
  if (geteuid()) {
    fprintf(stderr, "only root can do this run\n");
    return 2;
  }
  if (!is_the_machine()) return 2;
PREPARE  kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (kernel_log >= 0) lseek(kernel_log, 0, SEEK_END);
  int step = 0;
  while (step < STEP_COUNT && do_step(step)) step++;
  if (step < STEP_COUNT - 1) printf("%d steps were not made: nothing answers any more\n", STEP_COUNT - 1 - step);
  int differing = 0;
  for (int i = 0; i < STEP_COUNT; i++) differing += differs[i];
  if (differing) printf("%d of %d steps differ\n", differing, judged);
  else printf("all as expected\n");
  fflush(stdout);
  /* Without waiting for calls that never come back. */
  _exit(differing ? 1 : 0);
}
`
