// Units that the domain counts in.

/** A day, in ms. */
export const day = 86_400_000
