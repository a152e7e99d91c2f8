import test from 'ava'
import { loginByActions } from './loginByActions.ts'

loginByActions(test, process.execPath)
