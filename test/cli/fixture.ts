// A command line whose operations are those of test/hosts.
import { program } from '../../cli/program.ts'
import { fixtureOperations } from '../hosts/fixtureOperations.ts'

await program(async () => Object.values(fixtureOperations))
