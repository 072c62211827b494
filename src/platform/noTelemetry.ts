// ONNX Runtime's official binaries send usage data (model and graph names, hardware) to their maker unless this variable is set before
// they are loaded. Training is nobody's business but the user's. To be imported where the library is loaded and, since a thread's
// environment is a copy that native code never sees, where threads are started.

process.env.ORT_DISABLE_TELEMETRY ??= '1';

export {};
