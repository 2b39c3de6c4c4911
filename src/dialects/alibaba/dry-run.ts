// DryRun: refused until it can be answered as documented, for ignoring it would carry the operation out.
import { WireError } from '../dialect.ts'

/** Throws WireError UnsupportedOperation when a dry run is asked for. */
export function refuseDryRun(dryRun: boolean | undefined): void {
  if (dryRun === true) throw new WireError('UnsupportedOperation', 'This action is not supported.')
}
