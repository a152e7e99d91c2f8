// A file of its own for the one that loads it late: bundled, a late import of the library itself has no names but `default`.
export { Webhook } from 'standardwebhooks'
