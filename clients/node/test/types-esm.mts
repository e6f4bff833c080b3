// The same for `import`.
export { CoverBridge, CoverBridgeError, type WatchEvent } from 'cover-bridge';
