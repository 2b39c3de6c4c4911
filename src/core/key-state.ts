// Names of a CMK's states, and of the changes that depend on them.

/** States a client can see. `Archived` (Tencent) still decrypts, but encrypts no more. */
export type KeyState = 'Enabled' | 'Disabled' | 'Archived' | 'PendingDeletion'

/** States only the service sees: creation or destruction that has begun and is not settled. */
export type HiddenKeyState = 'Creating' | 'Destroying'

/** Management operations that depend on the state. */
export type KeyEvent =
  | 'enable'
  | 'disable'
  | 'archive'
  | 'cancel-archive'
  | 'schedule-deletion'
  | 'cancel-deletion'
  | 'update-description'
  | 'create-alias'
  | 'update-alias'
  | 'enable-rotation'
  | 'disable-rotation'
