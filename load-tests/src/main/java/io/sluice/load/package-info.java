/** Black-box load, crash and memory runs for any S3 endpoint. */
@NullMarked
package io.sluice.load;

import org.jspecify.annotations.NullMarked;
