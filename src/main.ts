// The CLI's entry: parses the command line, runs one command, sets the exit code.
import { run } from './cli/program.ts'

// Whatever this program writes is for its owner's eyes.
process.umask(0o077)
process.exitCode = await run(process.argv.slice(2))
