/* What the engine and the shim say to each other; the TypeScript side is ../protocol.ts, which draws the exchange.
 *
 * Frame, on the control socket and on attach.sock alike:
 *
 *     u8 type | u32 payload length, little endian | payload
 *
 * A string in a payload is u32 length, bytes, 0.
 */
#ifndef GANTRY_PROTOCOL_H
#define GANTRY_PROTOCOL_H

#define PROTOCOL_VERSION 1u
#define PLAN_MAGIC 0x4e4c5047u /* "GPLN" */

#define FRAME_HEADER 5
/* Nothing that a client sends is longer; stdin is passed on in pieces, so its frames may be. */
#define FRAME_MAX_COMMAND 64

/* Descriptors that the shim is started with. */
enum { CONTROL_FD = 3, PLAN_FD = 4, FIRST_EXTRA_FD = 5 };

/* Control socket, monitor to engine. Init says ready, failed and warning to the monitor, which passes them on. */
enum control_message {
  MESSAGE_CREATED = 1, /* u32 shim pid, u32 init pid */
  MESSAGE_READY = 2,
  MESSAGE_STARTED = 3, /* string time */
  MESSAGE_FAILED = 4,  /* i32 errno, string stage, string operation, string detail */
  MESSAGE_WARNING = 5, /* the same */
  /* init to monitor only: */
  MESSAGE_TERMINAL = 6, /* SCM_RIGHTS with the pty master */
  MESSAGE_EXECUTING = 7, /* execve is next: end of file now means that it worked */
  /* of a mount plan, in place of all others: */
  MESSAGE_DONE = 8,
  /* to init only: from the monitor, and from the supplier */
  MESSAGE_MAPPED = 9, /* the maps of its user namespace are written */
  MESSAGE_MOUNT = 10  /* SCM_RIGHTS with a detached mount */
};

/* Control socket, engine to monitor, and from there to init. */
enum control_command { COMMAND_GO = 1 };

/* attach.sock, client to shim. */
enum client_frame {
  CLIENT_HELLO = 1, /* u32 version, u8 WANTS_* */
  CLIENT_STDIN = 2,
  CLIENT_STDIN_EOF = 3,
  CLIENT_RESIZE = 4, /* u16 rows, u16 columns */
  CLIENT_CLEANED = 5
};

enum client_wants {
  WANTS_STDIN = 1,
  WANTS_STDOUT = 2,
  WANTS_STDERR = 4,
  WANTS_SUPERVISOR = 8,
  WANTS_LOSSY = 16
};

/* attach.sock, shim to client. */
enum shim_frame {
  SHIM_HELLO_ACK = 1, /* u32 version, u8 ACK_* */
  SHIM_STDOUT = 2,
  SHIM_STDERR = 3,
  SHIM_LOST = 4, /* u64 bytes */
  SHIM_EXIT = 5  /* u32 exit code, u32 signal */
};

enum hello_ack { ACK_TERMINAL = 1, ACK_OPEN_STDIN = 2 };

#endif
