// Names of a hosted data key's states, and of the changes that depend on them.

/** States of a hosted data key. */
export type DataKeyState = 'Enabled' | 'Disabled' | 'PendingDeletion'

/** Management operations that depend on the state. */
export type DataKeyEvent = 'enable' | 'disable' | 'schedule-deletion' | 'cancel-deletion'
