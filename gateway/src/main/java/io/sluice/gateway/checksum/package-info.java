/** Native checksums; the one home of the AWS Common Runtime. */
@NullMarked
package io.sluice.gateway.checksum;

import org.jspecify.annotations.NullMarked;
