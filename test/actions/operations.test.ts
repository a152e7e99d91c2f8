import test from 'ava'
import { lifeByActions } from './lifeByActions.ts'

lifeByActions(test, process.execPath)
