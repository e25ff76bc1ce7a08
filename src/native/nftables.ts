// libnftables (libnftables(3)): commands in nft's own language, each call one transaction: all of it or nothing.
//
// The context holds the parser's state and one netlink socket. Versions differ: up to 1.0.x the socket is opened by
// nft_ctx_new and stays in that namespace, so a context serves the network namespace that it was made in.
// Reading a command makes it read the table first, in some ten round trips (1 ms); what every start needs goes the
// short way of nftables-elements.ts.
// Written for 1.0.6 (Debian 12), which lacks `destroy` and `reset element`.
import { declare, readMemory, type CType, type CSignature } from './ffi.ts';

/** nft refused. `text` is its own explanation with line and caret, `commands` what it was given. */
export class NftablesError extends Error {
  override readonly name = 'NftablesError';
  readonly text: string;
  readonly commands: string;

  constructor(text: string, commands: string) {
    const reason = text.split('\n').find((line) => line.includes('rror:')) ?? text;
    super(
      `nftables: ${reason.replace(/^.*?rror:\s*/, '').trim() || 'no reason given'}: ${firstCommand(commands)}`,
    );
    this.text = text;
    this.commands = commands;
  }
}

export interface Nftables extends Disposable {
  /** Runs commands, one a line, as one transaction. Throws NftablesError and changes nothing where one fails. */
  run(commands: string): void;
  /** Runs a list command and returns its text. */
  list(command: string): string;
}

/** A context for the calling thread's present network namespace. */
export function openNftables(): Nftables {
  const context = nftCtxNew(NFT_CTX_DEFAULT).value;
  if (context === 0) throw new Error('nft_ctx_new failed');
  nftCtxBufferOutput(context);
  nftCtxBufferError(context);
  const call = (commands: string): string => {
    for (let attempt = 1; ; attempt += 1) {
      // KERNEL: the buffers belong to the context and are emptied by the next command: copy both at once.
      const failed = nftRunCmdFromBuffer(context, commands).value !== 0;
      const output = textAt(nftCtxGetOutputBuffer(context).value);
      const errors = textAt(nftCtxGetErrorBuffer(context).value);
      if (!failed) return output;
      if (attempt === ATTEMPTS || !isRace(errors)) throw new NftablesError(errors, commands);
    }
  };
  return {
    run: (commands) => void call(commands),
    list: call,
    [Symbol.dispose]: () => void nftCtxFree(context),
  };
}

/** Another process's transaction came between the reading of the generation and the commit. */
function isRace(errors: string): boolean {
  return /Interrupted system call|Resource temporarily unavailable|generation/i.test(errors);
}

function firstCommand(commands: string): string {
  const [first = '', ...more] = commands.trim().split('\n');
  return more.length === 0 ? first : `${first} …`;
}

/** A C string at an address. */
function textAt(address: number): string {
  if (address === 0) return '';
  return readMemory(address, strlen(address).value).toString('utf8');
}

function nft(name: string, params: readonly CType[], result: CSignature['result']) {
  return declare({ library: 'nftables', name, params, result });
}

const nftCtxNew = nft('nft_ctx_new', ['u32'], 'pointer');
const nftCtxFree = nft('nft_ctx_free', ['pointer'], 'void');
const nftCtxBufferOutput = nft('nft_ctx_buffer_output', ['pointer'], 'i32');
const nftCtxBufferError = nft('nft_ctx_buffer_error', ['pointer'], 'i32');
const nftCtxGetOutputBuffer = nft('nft_ctx_get_output_buffer', ['pointer'], 'pointer');
const nftCtxGetErrorBuffer = nft('nft_ctx_get_error_buffer', ['pointer'], 'pointer');
const nftRunCmdFromBuffer = nft('nft_run_cmd_from_buffer', ['pointer', 'string'], 'i32');
const strlen = declare({ library: 'libc', name: 'strlen', params: ['pointer'], result: 'i64' });

const NFT_CTX_DEFAULT = 0;
const ATTEMPTS = 10;
