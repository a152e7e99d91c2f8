import { node24, testWith } from '../requirements.ts'
import { lifeByActions } from './lifeByActions.ts'

// The same snapshots as with the Node.js that runs the tests.
lifeByActions(testWith('Node.js 24'), node24)
