/** Between what S3's codecs read and write, and the records that the storage keeps. */
@NullMarked
package io.sluice.gateway.record;

import org.jspecify.annotations.NullMarked;
