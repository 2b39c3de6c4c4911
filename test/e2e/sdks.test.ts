// The clouds' SDKs on the tokens of a new home: SoftHSM's.
import t from 'tap'
import { startHome } from '../support/server.ts'
import { runSdkSuite } from './sdk-suite.ts'

runSdkSuite(await startHome(t))
