// custom elements
