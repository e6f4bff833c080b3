// Exports the same names through `import`.
export { CoverBridge, CoverBridgeError, type WatchEvent } from 'cover-bridge';
