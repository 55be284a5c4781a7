/** Four bytes, `\0asm`. */
export default 'AGFzbQ==';
