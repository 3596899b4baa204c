package io.sluice.storage.chunk;

/**
 * One entry of a chunk's frame table.
 *
 * @param storedLength bytes on disk, 1 to {@link ChunkRecord#FRAME_STORED_MAX}
 * @param compressed whether the stored bytes are one zstd frame, or the plain bytes
 * @param crc32c of the stored bytes
 */
public record ChunkFrame(int storedLength, boolean compressed, int crc32c) {}
