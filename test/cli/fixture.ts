// A command line whose operations are those of test/hosts.
import { program } from '../../cli/program.ts'
import { fixtureOperations } from '../hosts/fixtureOperations.ts'

await program(async () =>
  Object.fromEntries(Object.values(fixtureOperations).map((operation) => [operation.name, async () => operation])),
)
