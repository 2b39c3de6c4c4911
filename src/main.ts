// The CLI's entry: parses the command line, runs one command, sets the exit code.
import { run } from './cli/program.ts'

process.exitCode = await run(process.argv.slice(2))
