/** Arithmetic of checksums that the metadata and the gateway must agree on. */
@NullMarked
package io.sluice.storage.checksum;

import org.jspecify.annotations.NullMarked;
