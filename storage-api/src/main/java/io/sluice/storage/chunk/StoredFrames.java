package io.sluice.storage.chunk;

import io.netty.buffer.ByteBuf;

/**
 * Some consecutive frames of a chunk as they are stored, already checked against their CRC32C.
 *
 * @param header of the whole chunk
 * @param firstFrame index of the first frame in {@code stored}
 * @param frameCount how many there are
 * @param stored the stored bytes of these frames, one after another; the receiver releases it
 */
public record StoredFrames(ChunkHeader header, int firstFrame, int frameCount, ByteBuf stored) {}
