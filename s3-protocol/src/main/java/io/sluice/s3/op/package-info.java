/**
 * One {@code Input} and one {@code Output} record for each implemented operation. An input's {@code
 * decode} checks every field of a request or throws the S3 error it deserves; an output's {@code
 * encode} gives the answer to write.
 *
 * <p>ETags in these records have no quotes.
 */
@NullMarked
package io.sluice.s3.op;

import org.jspecify.annotations.NullMarked;
