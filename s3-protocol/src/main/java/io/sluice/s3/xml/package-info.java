/** S3's XML: a reader that hostile documents cannot harm, and a writer that is fast. */
@NullMarked
package io.sluice.s3.xml;

import org.jspecify.annotations.NullMarked;
