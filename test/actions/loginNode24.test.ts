import { node24, testWith } from '../requirements.ts'
import { loginByActions } from './loginByActions.ts'

// The same snapshots as with the Node.js that runs the tests.
loginByActions(testWith('Node.js 24'), node24)
