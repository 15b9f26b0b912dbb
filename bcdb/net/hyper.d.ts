// biome-ignore-all lint/style/noDefaultExport: these packages export that way
// Types of the Hyper* packages, which ship none: only what this folder uses, as read in the pinned versions.
// Must not grow into a copy of their interfaces.

declare module 'hyperdht' {
  export type KeyPair = { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };

  import type { NoiseStream } from 'hyperswarm';
  export type NodeAddress = { readonly host: string; readonly port: number };
  /** `relayAddresses`: nodes that are asked first for the way to the peer; the peer itself may be one. */
  export type ConnectOptions = { readonly relayAddresses?: readonly NodeAddress[] | null | undefined };
  type Options = { readonly bootstrap?: readonly string[]; readonly host?: string; readonly firewalled?: boolean };
  export default class HyperDHT {
    constructor(options?: Options);
    static keyPair(seed: Uint8Array): KeyPair;
    static bootstrapper(
      port: number,
      host: string,
      options?: { readonly host?: string; readonly bootstrap?: readonly string[] },
    ): HyperDHT;
    connect(key: Uint8Array, options?: ConnectOptions): NoiseStream;
    bind(): Promise<void>;
    /** The socket that others reach. */
    localAddress(): NodeAddress | null;
    readonly online: boolean;
    readonly nodes: { readonly length: number };
    fullyBootstrapped(): Promise<void>;
    /** Which of this machine's addresses are told to peers. */
    validateLocalAddresses(addresses: readonly unknown[]): Promise<readonly unknown[]>;
    destroy(options?: { readonly force?: boolean }): Promise<void>;
    on(event: 'network-update', listener: () => void): this;
  }
}

declare module 'hyperswarm' {
  import type { Duplex } from 'node:stream';
  import type HyperDHT from 'hyperdht';
  import type { KeyPair } from 'hyperdht';
  /** A Noise stream over UDX: encrypted, and both ends' keys are proven. */
  export type NoiseStream = Duplex & {
    readonly remotePublicKey: Uint8Array;
    readonly isInitiator: boolean;
    readonly rawStream: { readonly rtt: number };
    /** Bytes written here that the network has not taken yet. */
    readonly _writableState: { readonly buffered: number };
    readonly rawBytesRead: number;
    sendKeepAlive(): void;
    setKeepAlive(ms: number): void;
    /** Ends the stream when nothing came for so long. */
    setTimeout(ms: number): void;
  };
  type Discovery = { refresh(): Promise<boolean>; flushed(): Promise<boolean> };
  type Options = {
    readonly keyPair: KeyPair;
    readonly dht: HyperDHT;
    readonly maxPeers?: number;
    /** Four pauses before a lost peer is tried again, in milliseconds. */
    readonly backoffs?: readonly [number, number, number, number];
    readonly jitter?: number;
  };
  export default class Hyperswarm {
    constructor(options: Options);
    readonly connections: ReadonlySet<NoiseStream>;
    join(topic: Uint8Array, options: { readonly server: boolean; readonly client: boolean }): Discovery;
    topics(): Iterable<Discovery>;
    joinPeer(key: Uint8Array): void;
    leavePeer(key: Uint8Array): void;
    listen(): Promise<void>;
    destroy(options?: { readonly force?: boolean }): Promise<void>;
    on(event: 'connection', listener: (stream: NoiseStream) => void): this;
  }
}

declare module 'corestore' {
  import type { KeyPair } from 'hyperdht';
  import type { NoiseStream } from 'hyperswarm';
  export type Hypercore = {
    readonly key: Uint8Array;
    readonly length: number;
    readonly closed: boolean;
    readonly peers: readonly {
      readonly remoteLength: number;
      /** Requests that it has not answered. */
      readonly inflight: number;
      readonly stream: NoiseStream;
    }[];
    ready(): Promise<void>;
    append(
      blocks: readonly Uint8Array[],
      options: { readonly maxLength: number },
    ): Promise<{ readonly length: number }>;
    get(index: number, options?: { readonly timeout?: number }): Promise<Uint8Array | null>;
    download(range: { readonly start: number; readonly end: number }): { destroy(): void };
    close(): Promise<void>;
    on(event: 'append' | 'truncate' | 'conflict' | 'close', listener: () => void): void;
  };
  export default class Corestore {
    constructor(folder: string);
    ready(): Promise<void>;
    get(options: { readonly key: Uint8Array } | { readonly keyPair: KeyPair } | { readonly name: string }): Hypercore;
    replicate(stream: NoiseStream): void;
    close(): Promise<void>;
  }
}

declare module 'protomux' {
  import type { Encoder } from 'compact-encoding';
  import type { NoiseStream } from 'hyperswarm';
  export type Message<T> = { send(value: T): boolean };
  export type Channel = {
    readonly closed: boolean;
    open(): void;
    close(): void;
    addMessage<T>(options: { readonly encoding: Encoder<T>; readonly onmessage: (value: T) => void }): Message<T>;
  };
  type ChannelOptions = { readonly protocol: string; readonly onclose: () => void };
  export default class Protomux {
    static from(stream: NoiseStream): Protomux;
    createChannel(options: ChannelOptions): Channel | null;
  }
}
