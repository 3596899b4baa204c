/**
 * The {@code aws-chunked} content encoding: an incremental decoder that checks chunk and trailer
 * signatures, and the encoder that mirrors it.
 */
@NullMarked
package io.sluice.s3.chunked;

import org.jspecify.annotations.NullMarked;
