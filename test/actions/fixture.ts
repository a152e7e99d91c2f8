// An action whose operations are those of test/hosts; which one is said by the command line.
import { runAction } from '../../actions/run.ts'
import { fixtureOperations } from '../hosts/fixtureOperations.ts'

const operation = Object.values(fixtureOperations).find(({ name }) => name === process.argv[2])
if (operation) await runAction(operation)
