#include "textflag.h"

// Offsets in the struct teddy.
#define tokenLo   0
#define tokenHi   32
#define gramLo0   64
#define gramHi0   96
#define gramLo1   128
#define gramHi1   160
#define gramLo2   192
#define gramHi2   224
#define low       256
#define digitBase 288
#define digitTop  320

// HALVES leaves the low halves of the bytes of Y0 in Y1, the high ones in Y2.
#define HALVES \
	VPAND  Y15, Y0, Y1 \
	VPSRLW $4, Y0, Y2  \
	VPAND  Y15, Y2, Y2

// CLASS(lo, hi, out): the bits that the entries of both halves share.
#define CLASS(lo, hi, out) \
	VPSHUFB Y1, lo, Y3 \
	VPSHUFB Y2, hi, Y4 \
	VPAND   Y3, Y4, out

// HALF classifies the 32 bytes at off(SI): token, digit and anchor bits are left in
// the given registers, the token and anchor ones inverted.
#define HALF(off, token, digit, anchor) \
	VMOVDQU   off(SI), Y0                 \
	VPADDB    digitBase(CX), Y0, Y3       \
	VPMINUB   digitTop(CX), Y3, Y4        \
	VPCMPEQB  Y3, Y4, Y3                  \
	VPMOVMSKB Y3, digit                   \
	HALVES                                \
	CLASS(Y14, Y13, Y3)                   \
	VPCMPEQB  Y6, Y3, Y3                  \
	VPMOVMSKB Y3, token                   \
	CLASS(Y12, Y11, Y5)                   \
	VMOVDQU   (off+1)(SI), Y0             \
	HALVES                                \
	CLASS(Y10, Y9, Y3)                    \
	VPAND     Y3, Y5, Y5                  \
	VMOVDQU   (off+2)(SI), Y0             \
	HALVES                                \
	CLASS(Y8, Y7, Y3)                     \
	VPAND     Y3, Y5, Y5                  \
	VPCMPEQB  Y6, Y5, Y5                  \
	VPMOVMSKB Y5, anchor

// func classify(dst *word, src *byte, blocks int, t *teddy)
TEXT ·classify(SB), NOSPLIT, $0-32
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    blocks+16(FP), DX
	MOVQ    t+24(FP), CX
	VMOVDQU tokenLo(CX), Y14
	VMOVDQU tokenHi(CX), Y13
	VMOVDQU gramLo0(CX), Y12
	VMOVDQU gramHi0(CX), Y11
	VMOVDQU gramLo1(CX), Y10
	VMOVDQU gramHi1(CX), Y9
	VMOVDQU gramLo2(CX), Y8
	VMOVDQU gramHi2(CX), Y7
	VMOVDQU low(CX), Y15
	VPXOR   Y6, Y6, Y6

loop:
	HALF(0, R8, R9, R10)
	HALF(32, R11, R12, R13)
	SHLQ $32, R11
	SHLQ $32, R12
	SHLQ $32, R13
	ORQ  R11, R8
	ORQ  R12, R9
	ORQ  R13, R10
	NOTQ R8
	NOTQ R10
	MOVQ R8, 0(DI)
	MOVQ R9, 8(DI)
	MOVQ R10, 16(DI)
	ADDQ $64, SI
	ADDQ $24, DI
	DECQ DX
	JNZ  loop

	VZEROUPPER
	RET
