//! A sheet in the tongue of receipt printers (ESC/POS): only what every one of them knows.

use super::raster::Raster;

/// Rows of a band: a small printer's buffer holds it.
const BAND: usize = 64;
/// Octets of a band's own head.
pub(super) const BAND_HEAD: usize = 8;

/// The sheet in pieces, each a whole command: wake up, bands of dots, feed and cut.
pub(super) fn pieces(raster: &Raster) -> Vec<Vec<u8>> {
    let stride = raster.stride();
    let mut pieces = vec![vec![0x1b, b'@']];
    for band in raster.bits().chunks(stride.saturating_mul(BAND).max(1)) {
        let rows = band.len().checked_div(stride).unwrap_or_default();
        // GS v 0: width in octets, height in rows, both from the low octet up.
        let mut piece = vec![0x1d, b'v', b'0', 0];
        for size in [stride, rows] {
            piece.extend(u16::try_from(size).unwrap_or(u16::MAX).to_le_bytes());
        }
        piece.extend(band);
        pieces.push(piece);
    }
    // ESC d: feed; GS V 66: on to the knife, and cut but for a corner.
    pieces.push(vec![0x1b, b'd', 3]);
    pieces.push(vec![0x1d, b'V', 66, 0]);
    pieces
}

/// What a printer still waits for when `sent` octets of a piece have gone: the rest of its head as it is, and white
/// instead of the dots, which are another person's by now.
pub(super) fn rest(piece: &[u8], sent: usize) -> Vec<u8> {
    let mut rest = piece.to_vec();
    if rest.len() > BAND_HEAD
        && let Some(dots) = rest.get_mut(BAND_HEAD..)
    {
        dots.fill(0);
    }
    rest.split_off(sent.min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_together_are_the_sheet() {
        let mut raster = Raster::new(576);
        raster.reach(150);
        raster.bar(3, 3, 500, 140);
        let pieces = pieces(&raster);
        assert_eq!(pieces.first().unwrap(), b"\x1b@");
        assert_eq!(pieces[pieces.len() - 2..], [b"\x1bd\x03".to_vec(), b"\x1dVB\x00".to_vec()]);
        let bands = &pieces[1..pieces.len() - 2];
        let heights = [64_u8, 64, 22];
        let mut dots = Vec::new();
        for (band, rows) in bands.iter().zip(heights) {
            assert_eq!(band[..BAND_HEAD], [0x1d, b'v', b'0', 0, 72, 0, rows, 0]);
            dots.extend(&band[BAND_HEAD..]);
        }
        assert_eq!((bands.len(), dots.as_slice()), (3, raster.bits()));
    }

    #[test]
    fn the_rest_of_a_torn_band_is_white() {
        let piece = [0x1d, b'v', b'0', 0, 2, 0, 2, 0, 9, 9, 9, 9];
        assert_eq!(rest(&piece, 10), [0, 0]);
        assert_eq!(rest(&piece, 6), [2, 0, 0, 0, 0, 0]);
        assert_eq!(rest(&piece, 12), Vec::<u8>::new());
        assert_eq!(rest(b"\x1bd\x03", 1), b"d\x03");
    }
}
