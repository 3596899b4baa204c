package io.sluice.s3.op;

import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumValue;
import java.util.Map;

/**
 * A part as CompleteMultipartUpload names it.
 *
 * @param number 1 to 10,000
 * @param checksums as the client knows them, mostly one or none
 */
public record CompletedPart(
    int number, String etag, Map<ChecksumAlgorithm, ChecksumValue> checksums) {}
