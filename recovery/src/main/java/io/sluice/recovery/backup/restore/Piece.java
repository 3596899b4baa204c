package io.sluice.recovery.backup.restore;

import io.sluice.storage.chunk.ChunkId;

/**
 * A run of an object's bytes that lies in one chunk.
 *
 * @param object whose bytes they are, by its place in a batch
 * @param fileOffset of the first one in the object
 * @param chunkOffset of the first one in the chunk's plain bytes
 * @param length 1 or more
 */
public record Piece(int object, long fileOffset, ChunkId chunk, int chunkOffset, int length) {}
