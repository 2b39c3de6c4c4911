/*
 * A PKCS#11 module that misbehaves on demand, for the tests only. It stands between a token process and a real
 * library, forwards everything, and does to chosen calls what real tokens do on bad days: refuse, dawdle, hang,
 * crash, lose sessions, return damaged bytes, vanish. test/support/fault.ts compiles it and writes its rules.
 *
 *   P11FAULT_MODULE    path of the real library
 *   P11FAULT_CONTROL   path of the rules, read again whenever the file has changed; missing or empty: no faults
 *   P11FAULT_COUNTS    path of the table of calls, shared by all processes, those that were killed included
 *
 * One rule a line: FUNCTION ACTION [ARGUMENT] [OPTION...]. FUNCTION may be `*`; lines that begin with `#` are comments.
 * The first rule that applies to a call wins; only `delay`, and `hide` in C_GetMechanismList, let later ones apply
 * too. What an action does is said at `actions`. Options, counted in each process since it read the rules:
 *
 *   after=N    only from the N-th call on
 *   every=N    only every N-th call of those
 *   times=N    only so many times
 *   total=N slot=K    only so many times in all processes together, which count in cell K of the shared table
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <pkcs11/pkcs11.h>

/* The functions that can fail on demand and are counted. fault.ts knows the same names. */
#define WRAPPED(X)                                                                                                \
  X(C_Initialize) X(C_Finalize) X(C_GetSlotList) X(C_GetTokenInfo) X(C_GetMechanismList) X(C_GetMechanismInfo)    \
  X(C_OpenSession) X(C_CloseSession) X(C_Login) X(C_Logout) X(C_GenerateRandom) X(C_GenerateKey)                  \
  X(C_CreateObject) X(C_DestroyObject) X(C_WrapKey) X(C_UnwrapKey) X(C_GetAttributeValue) X(C_FindObjectsInit)    \
  X(C_FindObjects) X(C_FindObjectsFinal) X(C_EncryptInit) X(C_Encrypt) X(C_DecryptInit) X(C_Decrypt)              \
  X(C_SignInit) X(C_Sign) X(C_VerifyInit) X(C_Verify)

#define AS_NUMBER(name) F_##name,
#define AS_STRING(name) #name,
enum { WRAPPED(AS_NUMBER) FUNCTIONS, ANY_FUNCTION };
static const char *const names[FUNCTIONS] = {WRAPPED(AS_STRING)};

enum action { FORWARD, RETURN, DELAY, HANG, CRASH, CORRUPT, STUCK, KILL_SESSIONS, LIMIT, HIDE, ABSENT };

static const struct {
  const char *name;
  enum action action;
  int has_argument;
} actions[] = {
    {"return", RETURN, 1}, /* CKR: the answer, without asking the real library */
    {"delay", DELAY, 1},   /* milliseconds to wait first */
    {"hang", HANG, 0},
    {"crash", CRASH, 0},
    {"corrupt", CORRUPT, 0}, /* one bit of the output differs */
    {"stuck", STUCK, 1},     /* byte: all that the random generator gives */
    {"kill-sessions", KILL_SESSIONS, 0},
    {"limit", LIMIT, 1}, /* sessions that may be open in this process */
    {"hide", HIDE, 1},   /* mechanism the token does not know */
    {"absent", ABSENT, 0},
};

#define MAX_RULES 64
#define MAX_FILE 8192

struct rule {
  int function;
  enum action action;
  unsigned long argument;
  unsigned long after, times, every, total, slot;
  unsigned long seen;    /* calls it could have applied to since the file was read */
  unsigned long applied; /* calls it did apply to */
};

/* One call on its way through: what is asked, then what was decided. */
struct call {
  int function;
  const CK_MECHANISM_TYPE *mechanism; /* NULL when there is none */
  const void *output; /* NULL when the caller only asks for a length */
  int passes_by;      /* not subject to `absent` */

  CK_RV answer;
  int corrupt, stuck, byte, empty;
  CK_MECHANISM_TYPE hidden[MAX_RULES];
  int hiddens;
};

/* A record of the table of calls. It carries its name, so that readers need not know the order. */
struct count {
  char name[24];
  uint64_t calls;
};

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST table;
static struct shared {
  struct count counts[FUNCTIONS];
  uint64_t spent[1024]; /* by rules with a total */
} unshared, *shared = &unshared;
static long open_sessions;

/* pkcs11js calls from worker threads too. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[MAX_RULES];
static int rule_count;
static struct stat rules_read;

/* A test that means to inject a fault and does not would pass for the wrong reason: a bad rule ends the process. */
static void die(const char *what, const char *detail) {
  fprintf(stderr, "fault.c: %s: %s\n", what, detail);
  abort();
}

/* ---- Rules ---- */

static unsigned long number(const char *text) {
  char *end = NULL;
  if (text == NULL || *text == '\0') die("a number is missing", "end of rule");
  unsigned long value = strtoul(text, &end, 0);
  if (*end != '\0') die("not a number", text);
  return value;
}

static int function_named(const char *name) {
  if (strcmp(name, "*") == 0) return ANY_FUNCTION;
  for (int i = 0; i < FUNCTIONS; i++)
    if (strcmp(name, names[i]) == 0) return i;
  die("no such function", name);
  return FUNCTIONS;
}

static void parse_action(struct rule *rule, const char *name, char **rest) {
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
    if (strcmp(name, actions[i].name) != 0) continue;
    rule->action = actions[i].action;
    if (actions[i].has_argument) rule->argument = number(strtok_r(NULL, " \t", rest));
    return;
  }
  die("no such action", name);
}

static void parse_option(struct rule *rule, const char *option) {
  if (strncmp(option, "after=", 6) == 0) rule->after = number(option + 6);
  else if (strncmp(option, "times=", 6) == 0) rule->times = number(option + 6);
  else if (strncmp(option, "every=", 6) == 0) rule->every = number(option + 6);
  else if (strncmp(option, "total=", 6) == 0) rule->total = number(option + 6);
  else if (strncmp(option, "slot=", 5) == 0) rule->slot = number(option + 5);
  else die("no such option", option);
}

static void parse_rule(char *line) {
  char *rest = NULL;
  const char *word = strtok_r(line, " \t", &rest);
  if (word == NULL || *word == '#') return;
  if (rule_count == MAX_RULES) die("too many rules", line);
  struct rule *rule = &rules[rule_count++];
  *rule = (struct rule){.function = function_named(word), .after = 1, .every = 1, .times = ~0UL, .total = ~0UL};
  word = strtok_r(NULL, " \t", &rest);
  parse_action(rule, word == NULL ? "(none)" : word, &rest);
  while ((word = strtok_r(NULL, " \t", &rest)) != NULL) parse_option(rule, word);
  if (rule->after == 0 || rule->every == 0) die("after and every count from 1", line);
  if (rule->slot >= sizeof shared->spent / sizeof *shared->spent) die("no such slot", line);
}

static int same_file(const struct stat *a, const struct stat *b) {
  return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Rules count anew whenever the file has changed. What is remembered is the file that was read, not the one that was
 * looked at before: another may have been renamed into its place in between. */
static void reload(void) {
  static const struct stat nothing;
  const char *path = getenv("P11FAULT_CONTROL");
  struct stat now = nothing;
  if (path != NULL && stat(path, &now) != 0) now = nothing;
  if (same_file(&now, &rules_read)) return;
  rule_count = 0;
  rules_read = nothing;
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  char text[MAX_FILE];
  ssize_t length = read(file, text, sizeof text);
  if (length < 0 || length == sizeof text || fstat(file, &rules_read) != 0) die("cannot read the rules", path);
  close(file);
  text[length] = '\0';
  char *rest = NULL;
  for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) parse_rule(line);
}

/* Whether a rule could apply to this call at all; only such calls are counted towards after, times and every. */
static int concerns(const struct rule *rule, const struct call *call) {
  if (rule->function != ANY_FUNCTION && rule->function != call->function) return 0;
  switch (rule->action) {
    case CORRUPT: return call->output != NULL;
    case STUCK: return call->function == F_C_GenerateRandom;
    case LIMIT:
      return call->function == F_C_OpenSession &&
             __atomic_load_n(&open_sessions, __ATOMIC_SEQ_CST) >= (long)rule->argument;
    case HIDE:
      return call->function == F_C_GetMechanismList ||
             (call->mechanism != NULL && *call->mechanism == rule->argument);
    case ABSENT: return !call->passes_by;
    default: return 1;
  }
}

/* Asked once a call, and only if nothing stands in the rule's way but itself: a yes is spent. */
static int is_due(struct rule *rule) {
  if (rule->seen < rule->after || (rule->seen - rule->after + 1) % rule->every != 0) return 0;
  if (rule->applied >= rule->times) return 0;
  if (rule->total != ~0UL && __atomic_fetch_add(&shared->spent[rule->slot], 1, __ATOMIC_SEQ_CST) >= rule->total)
    return 0;
  rule->applied++;
  return 1;
}

/* ---- Actions ---- */

static void sleep_for(unsigned long milliseconds) {
  struct timespec left = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

/* For ever, as far as anybody can tell; but a process that a killed test left behind ends with the test's folder. */
static void hang(void) {
  const char *path = getenv("P11FAULT_COUNTS");
  while (path == NULL || access(path, F_OK) == 0) sleep_for(200);
  _exit(1);
}

/* volatile twice: the compiler shall neither know where it writes nor leave it out. */
static void crash(void) {
  volatile int *volatile nowhere = NULL;
  *nowhere = 1;
}

static void drop_sessions(void) {
  CK_SLOT_ID slots[64];
  CK_ULONG count = sizeof slots / sizeof *slots;
  if (real->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) return;
  for (CK_ULONG i = 0; i < count; i++) real->C_CloseAllSessions(slots[i]);
  __atomic_store_n(&open_sessions, 0, __ATOMIC_SEQ_CST);
}

static int answer(struct call *call, CK_RV value) {
  call->answer = value;
  return 1;
}

/* A token that is pulled out takes its sessions with it (PKCS#11 v2.40, 5.6): they are gone when it is back. */
static int vanish(struct call *call) {
  if (__atomic_load_n(&open_sessions, __ATOMIC_SEQ_CST) > 0) drop_sessions();
  switch (call->function) {
    case F_C_GetSlotList: call->empty = 1; return answer(call, CKR_OK);
    case F_C_GetTokenInfo:
    case F_C_GetMechanismList:
    case F_C_GetMechanismInfo:
    case F_C_OpenSession: return answer(call, CKR_TOKEN_NOT_PRESENT);
    default: return answer(call, CKR_DEVICE_REMOVED);
  }
}

/* Returns whether the call is answered without the real library. */
static int carry_out(const struct rule *rule, struct call *call) {
  switch (rule->action) {
    case RETURN: return answer(call, rule->argument);
    case HANG: hang(); return 0;
    case CRASH: crash(); return 0;
    case CORRUPT: call->corrupt = 1; return 0;
    case STUCK:
      call->stuck = 1;
      call->byte = (int)rule->argument;
      return 0;
    case KILL_SESSIONS: drop_sessions(); return answer(call, CKR_SESSION_HANDLE_INVALID);
    case LIMIT: return answer(call, CKR_SESSION_COUNT);
    case HIDE: return answer(call, CKR_MECHANISM_INVALID);
    case ABSENT: return vanish(call);
    default: return 0;
  }
}

/* Counts a call, finds its rule and carries it out. Returns whether call->answer is the answer. */
static int judge(struct call *call) {
  unsigned long delay = 0;
  struct rule winner = {.action = FORWARD};
  __atomic_fetch_add(&shared->counts[call->function].calls, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_lock(&lock);
  reload();
  for (struct rule *rule = rules; rule < rules + rule_count; rule++) {
    if (!concerns(rule, call)) continue;
    rule->seen++;
    if (winner.action != FORWARD || !is_due(rule)) continue;
    if (rule->action == DELAY) delay += rule->argument;
    else if (rule->action == HIDE && call->function == F_C_GetMechanismList)
      call->hidden[call->hiddens++] = rule->argument;
    else winner = *rule;
  }
  pthread_mutex_unlock(&lock);
  if (delay > 0) sleep_for(delay);
  return carry_out(&winner, call);
}

/* Damages what the real library gave. */
static CK_RV spoil(const struct call *call, CK_RV rv, CK_BYTE_PTR output, const CK_ULONG *length) {
  if (rv != CKR_OK || output == NULL || *length == 0 || *length == CK_UNAVAILABLE_INFORMATION) return rv;
  if (call->corrupt) output[*length / 2] ^= 1;
  if (call->stuck) memset(output, call->byte, *length);
  return rv;
}

/* ---- Wrappers ---- */

#define CALL(name, ...) struct call call = {.function = F_##name, __VA_ARGS__}
#define MECHANISM(m) .mechanism = (m) == NULL ? NULL : &(m)->mechanism

/* Nothing of its own to do but to be judged. */
#define PLAIN(name, parameters, arguments, ...)               \
  static CK_RV fault_##name parameters {                      \
    CALL(name, __VA_ARGS__);                                  \
    return judge(&call) ? call.answer : real->name arguments; \
  }

typedef CK_SESSION_HANDLE session_t;
typedef CK_OBJECT_HANDLE object_t;

/* A library starts and ends well without any token. */
PLAIN(C_Initialize, (CK_VOID_PTR a), (a), .passes_by = 1)
PLAIN(C_GetTokenInfo, (CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info), (slot, info), )
PLAIN(C_GetMechanismInfo, (CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info), (slot, type, info),
      .mechanism = &type)
PLAIN(C_Login, (session_t s, CK_USER_TYPE u, CK_UTF8CHAR_PTR p, CK_ULONG n), (s, u, p, n), )
PLAIN(C_Logout, (session_t s), (s), )
PLAIN(C_GenerateKey, (session_t s, CK_MECHANISM_PTR m, CK_ATTRIBUTE_PTR t, CK_ULONG n, object_t *key),
      (s, m, t, n, key), MECHANISM(m))
PLAIN(C_CreateObject, (session_t s, CK_ATTRIBUTE_PTR t, CK_ULONG n, object_t *object), (s, t, n, object), )
PLAIN(C_DestroyObject, (session_t s, object_t object), (s, object), )
PLAIN(C_UnwrapKey,
      (session_t s, CK_MECHANISM_PTR m, object_t by, CK_BYTE_PTR in, CK_ULONG length, CK_ATTRIBUTE_PTR t, CK_ULONG n,
       object_t *key),
      (s, m, by, in, length, t, n, key), MECHANISM(m))
PLAIN(C_FindObjectsInit, (session_t s, CK_ATTRIBUTE_PTR t, CK_ULONG n), (s, t, n), )
PLAIN(C_FindObjects, (session_t s, object_t *found, CK_ULONG max, CK_ULONG *count), (s, found, max, count), )
PLAIN(C_FindObjectsFinal, (session_t s), (s), )
PLAIN(C_EncryptInit, (session_t s, CK_MECHANISM_PTR m, object_t key), (s, m, key), MECHANISM(m))
PLAIN(C_DecryptInit, (session_t s, CK_MECHANISM_PTR m, object_t key), (s, m, key), MECHANISM(m))
PLAIN(C_SignInit, (session_t s, CK_MECHANISM_PTR m, object_t key), (s, m, key), MECHANISM(m))
PLAIN(C_VerifyInit, (session_t s, CK_MECHANISM_PTR m, object_t key), (s, m, key), MECHANISM(m))
PLAIN(C_Verify, (session_t s, CK_BYTE_PTR in, CK_ULONG length, CK_BYTE_PTR signature, CK_ULONG n),
      (s, in, length, signature, n), )

/* Bytes in, bytes out. */
#define TRANSFORM(name)                                                                                     \
  static CK_RV fault_##name(session_t s, CK_BYTE_PTR in, CK_ULONG n, CK_BYTE_PTR out, CK_ULONG *length) {   \
    CALL(name, .output = out);                                                                              \
    return judge(&call) ? call.answer : spoil(&call, real->name(s, in, n, out, length), out, length);       \
  }

TRANSFORM(C_Encrypt)
TRANSFORM(C_Decrypt)
TRANSFORM(C_Sign)

static CK_RV fault_C_GenerateRandom(session_t s, CK_BYTE_PTR out, CK_ULONG length) {
  CALL(C_GenerateRandom, .output = out);
  return judge(&call) ? call.answer : spoil(&call, real->C_GenerateRandom(s, out, length), out, &length);
}

static CK_RV fault_C_WrapKey(session_t s, CK_MECHANISM_PTR m, object_t by, object_t key, CK_BYTE_PTR out,
                             CK_ULONG *length) {
  CALL(C_WrapKey, MECHANISM(m), .output = out);
  return judge(&call) ? call.answer : spoil(&call, real->C_WrapKey(s, m, by, key, out, length), out, length);
}

static CK_RV fault_C_GetAttributeValue(session_t s, object_t object, CK_ATTRIBUTE_PTR t, CK_ULONG n) {
  CALL(C_GetAttributeValue, .output = n > 0 ? t->pValue : NULL);
  if (judge(&call)) return call.answer;
  CK_RV rv = real->C_GetAttributeValue(s, object, t, n);
  return n > 0 ? spoil(&call, rv, t->pValue, &t->ulValueLen) : rv;
}

/* Slots stay when tokens go: only the list of slots with a token becomes empty. */
static CK_RV fault_C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG *count) {
  CALL(C_GetSlotList, .passes_by = !present);
  if (!judge(&call)) return real->C_GetSlotList(present, list, count);
  if (call.empty) *count = 0;
  return call.answer;
}

static CK_RV fault_C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG *count) {
  CALL(C_GetMechanismList, );
  if (judge(&call)) return call.answer;
  if (call.hiddens == 0) return real->C_GetMechanismList(slot, list, count);
  CK_MECHANISM_TYPE all[1024];
  CK_ULONG known = sizeof all / sizeof *all, kept = 0;
  CK_RV rv = real->C_GetMechanismList(slot, all, &known);
  if (rv != CKR_OK) return rv;
  for (CK_ULONG i = 0; i < known; i++) {
    int hidden = 0;
    for (int j = 0; j < call.hiddens; j++) hidden |= all[i] == call.hidden[j];
    if (!hidden) all[kept++] = all[i];
  }
  CK_ULONG room = *count;
  *count = kept;
  if (list == NULL) return CKR_OK;
  if (room < kept) return CKR_BUFFER_TOO_SMALL;
  memcpy(list, all, kept * sizeof *all);
  return CKR_OK;
}

static CK_RV fault_C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, session_t *s) {
  CALL(C_OpenSession, );
  if (judge(&call)) return call.answer;
  CK_RV rv = real->C_OpenSession(slot, flags, app, notify, s);
  if (rv == CKR_OK) __atomic_fetch_add(&open_sessions, 1, __ATOMIC_SEQ_CST);
  return rv;
}

static CK_RV fault_C_CloseSession(session_t s) {
  CALL(C_CloseSession, );
  if (judge(&call)) return call.answer;
  CK_RV rv = real->C_CloseSession(s);
  if (rv == CKR_OK) __atomic_fetch_sub(&open_sessions, 1, __ATOMIC_SEQ_CST);
  return rv;
}

static CK_RV fault_C_Finalize(CK_VOID_PTR reserved) {
  CALL(C_Finalize, .passes_by = 1);
  if (judge(&call)) return call.answer;
  CK_RV rv = real->C_Finalize(reserved);
  if (rv == CKR_OK) __atomic_store_n(&open_sessions, 0, __ATOMIC_SEQ_CST);
  return rv;
}

/* Neither counted nor made to fail; here only because `limit` must know. A token process has one token. */
static CK_RV close_all_sessions(CK_SLOT_ID slot) {
  CK_RV rv = real->C_CloseAllSessions(slot);
  if (rv == CKR_OK) __atomic_store_n(&open_sessions, 0, __ATOMIC_SEQ_CST);
  return rv;
}

/* ---- Loading ---- */

/* A shared mapping outlives a process killed in any way. Two processes that make the file at once write the same. */
static void share_table(void) {
  const char *path = getenv("P11FAULT_COUNTS");
  int file = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (ftruncate(file, sizeof *shared) == 0) {
    void *mapped = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) shared = mapped;
  }
  close(file);
  for (int i = 0; i < FUNCTIONS; i++)
    strncpy(shared->counts[i].name, names[i], sizeof shared->counts[i].name - 1);
}

static CK_RV load(void) {
  const char *path = getenv("P11FAULT_MODULE");
  void *library = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void *entry = library == NULL ? NULL : dlsym(library, "C_GetFunctionList");
  if (entry == NULL) {
    fprintf(stderr, "fault.c: P11FAULT_MODULE: %s\n", path == NULL ? "not set" : dlerror());
    return CKR_GENERAL_ERROR;
  }
  CK_C_GetFunctionList get_list;
  memcpy(&get_list, &entry, sizeof get_list); /* ISO C has no cast from object to function pointer */
  CK_RV rv = get_list(&real);
  if (rv != CKR_OK) return rv;
  table = *real;
#define INSTALL(name) table.name = fault_##name;
  WRAPPED(INSTALL)
  table.C_CloseAllSessions = close_all_sessions;
  table.C_GetFunctionList = C_GetFunctionList;
  share_table();
  return CKR_OK;
}

/* The one symbol a PKCS#11 application looks for. */
__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (list == NULL) return CKR_ARGUMENTS_BAD;
  pthread_mutex_lock(&lock);
  CK_RV rv = real == NULL ? load() : CKR_OK;
  if (rv != CKR_OK) real = NULL;
  pthread_mutex_unlock(&lock);
  if (rv == CKR_OK) *list = &table;
  return rv;
}
