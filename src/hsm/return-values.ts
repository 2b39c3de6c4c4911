// PKCS#11 return values by number, and what each means for the work at hand (PKCS#11 v2.40 §11.1).

/**
 * What a return value says is wrong:
 * `blob`: perhaps only the wrapped bytes; a canary decides. `handle`: the object is not where it was.
 * `session`: this session; a new one may do. `pin`: the PIN was refused; nobody may try again.
 * `token`: the token, or the library as this process has it.
 */
export type ReturnClass = 'blob' | 'handle' | 'session' | 'pin' | 'token'

interface ReturnValue {
  readonly name: string
  readonly class: ReturnClass
}

const rows: readonly (readonly [number, string, ReturnClass])[] = [
  [0x02, 'CKR_HOST_MEMORY', 'blob'],
  [0x05, 'CKR_GENERAL_ERROR', 'blob'],
  [0x06, 'CKR_FUNCTION_FAILED', 'blob'],
  [0x07, 'CKR_ARGUMENTS_BAD', 'blob'],
  [0x10, 'CKR_ATTRIBUTE_READ_ONLY', 'session'],
  [0x11, 'CKR_ATTRIBUTE_SENSITIVE', 'session'],
  [0x12, 'CKR_ATTRIBUTE_TYPE_INVALID', 'session'],
  [0x13, 'CKR_ATTRIBUTE_VALUE_INVALID', 'session'],
  [0x1b, 'CKR_ACTION_PROHIBITED', 'session'],
  [0x20, 'CKR_DATA_INVALID', 'blob'],
  [0x21, 'CKR_DATA_LEN_RANGE', 'blob'],
  [0x30, 'CKR_DEVICE_ERROR', 'token'],
  [0x31, 'CKR_DEVICE_MEMORY', 'token'],
  [0x32, 'CKR_DEVICE_REMOVED', 'token'],
  [0x40, 'CKR_ENCRYPTED_DATA_INVALID', 'blob'],
  [0x41, 'CKR_ENCRYPTED_DATA_LEN_RANGE', 'blob'],
  [0x60, 'CKR_KEY_HANDLE_INVALID', 'handle'],
  [0x62, 'CKR_KEY_SIZE_RANGE', 'session'],
  [0x63, 'CKR_KEY_TYPE_INCONSISTENT', 'session'],
  [0x68, 'CKR_KEY_FUNCTION_NOT_PERMITTED', 'session'],
  [0x6a, 'CKR_KEY_UNEXTRACTABLE', 'session'],
  [0x70, 'CKR_MECHANISM_INVALID', 'session'],
  [0x71, 'CKR_MECHANISM_PARAM_INVALID', 'session'],
  [0x82, 'CKR_OBJECT_HANDLE_INVALID', 'handle'],
  [0x90, 'CKR_OPERATION_ACTIVE', 'session'],
  [0xa0, 'CKR_PIN_INCORRECT', 'pin'],
  [0xa1, 'CKR_PIN_INVALID', 'pin'],
  [0xa2, 'CKR_PIN_LEN_RANGE', 'pin'],
  [0xa3, 'CKR_PIN_EXPIRED', 'pin'],
  [0xa4, 'CKR_PIN_LOCKED', 'pin'],
  [0xb0, 'CKR_SESSION_CLOSED', 'session'],
  [0xb1, 'CKR_SESSION_COUNT', 'session'],
  [0xb3, 'CKR_SESSION_HANDLE_INVALID', 'session'],
  [0xc0, 'CKR_SIGNATURE_INVALID', 'blob'],
  [0xc1, 'CKR_SIGNATURE_LEN_RANGE', 'blob'],
  [0xd0, 'CKR_TEMPLATE_INCOMPLETE', 'blob'],
  [0xd1, 'CKR_TEMPLATE_INCONSISTENT', 'blob'],
  [0xe0, 'CKR_TOKEN_NOT_PRESENT', 'token'],
  [0xf0, 'CKR_UNWRAPPING_KEY_HANDLE_INVALID', 'handle'],
  [0xf2, 'CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT', 'handle'],
  [0x100, 'CKR_USER_ALREADY_LOGGED_IN', 'token'],
  [0x101, 'CKR_USER_NOT_LOGGED_IN', 'token'],
  [0x102, 'CKR_USER_PIN_NOT_INITIALIZED', 'pin'],
  [0x110, 'CKR_WRAPPED_KEY_INVALID', 'blob'],
  [0x112, 'CKR_WRAPPED_KEY_LEN_RANGE', 'blob'],
  [0x113, 'CKR_WRAPPING_KEY_HANDLE_INVALID', 'handle'],
  [0x150, 'CKR_BUFFER_TOO_SMALL', 'session'],
  [0x190, 'CKR_CRYPTOKI_NOT_INITIALIZED', 'token'],
]

const table: ReadonlyMap<number, ReturnValue> = new Map(
  rows.map(([code, name, returnClass]) => [code, { name, class: returnClass }]),
)

/** The name and class of what a PKCS#11 call threw; the class is `session` for what the table does not know. */
export function returnValue(error: unknown): ReturnValue {
  const code = returnCode(error)
  return (
    table.get(code) ?? { name: code === 0 ? 'native error' : `CKR 0x${code.toString(16)}`, class: 'session' }
  )
}

// Some calls of pkcs11js throw errors that carry the code only in their text.
function returnCode(error: unknown): number {
  if (!(error instanceof Error)) return 0
  const { code } = error as Error & { code?: unknown }
  if (typeof code === 'number' && code !== 0) return code
  return Number(/CKR_\w+:(\d+)/.exec(error.message)?.[1] ?? 0)
}
