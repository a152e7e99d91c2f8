// A file of its own for the one that loads it late: bundled, a late import of undici itself has no names but `default`.
export { Agent, buildConnector, request } from 'undici'
